/** Random selections that fit, made of numbers which any shape gives a meaning. */
import fc from 'fast-check';

import type { Entry } from './arbitrary-selections.js';
import { size } from './round-trip-model.js';

interface RawEntry {
  readonly kind: 'all' | 'slice' | 'integer' | 'list' | 'mask';
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
  readonly bits: number;
}

export interface RawSelection {
  readonly entries: readonly RawEntry[];
  readonly ellipsis: number | null;
  /** Bits of a mask of the dataset's shape. */
  readonly mask: number | null;
}

const bound = maybe(1, fc.nat({ max: 99 }));

export const arbitrarySelection: fc.Arbitrary<RawSelection> = fc.record({
  entries: fc.array(
    fc.record({
      kind: fc.constantFrom('all', 'slice', 'slice', 'integer', 'list', 'mask'),
      start: bound,
      stop: bound,
      step: maybe(1, fc.integer({ min: 1, max: 4 })),
      bits: fc.nat({ max: 0xffff }),
    }),
    { maxLength: 4 },
  ),
  ellipsis: maybe(1, fc.nat({ max: 4 })),
  mask: maybe(8, fc.nat({ max: 0xffffff })),
});

/** `null` so many times as often as not. */
export function maybe<Value>(
  nulls: number,
  arbitrary: fc.Arbitrary<Value>,
): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: nulls, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

/** What the numbers mean for a dataset of this shape: always a selection that is allowed. */
export function selectionOf(raw: RawSelection, shape: readonly number[]): Entry[] {
  const { ellipsis, mask } = raw;
  if (shape.length === 0) return ellipsis === null ? [] : ['...'];
  if (mask !== null) return [{ mask: bitsOf(mask, size(shape)), shape }];
  const given = raw.entries.slice(0, shape.length);
  const before = ellipsis === null ? given.length : Math.min(ellipsis, given.length);
  let listed = false;
  const entries = given.map((entry, at): Entry => {
    const axis = at < before ? at : shape.length - given.length + at;
    // One list or mask only; and one of all axes is another thing than a mask of one.
    const fancy = entry.kind === 'list' || (entry.kind === 'mask' && shape.length > 1);
    if (entry.kind === 'mask' || entry.kind === 'list') {
      if (!fancy || listed) return rangeOf(entry, shape[axis]!);
      listed = true;
    }
    return entryOf(entry, shape[axis]!);
  });
  const [only] = entries;
  const alone = entries.length === 1 && typeof only === 'object' && 'mask' in only;
  // A mask beside nothing but an ellipsis is refused by h5py.
  if (ellipsis === null || alone) return alone && before === 0 ? ['...'] : entries;
  return [...entries.slice(0, before), '...', ...entries.slice(before)];
}

function entryOf(raw: RawEntry, length: number): Entry {
  switch (raw.kind) {
    case 'integer':
      return length === 0 ? rangeOf(raw, length) : (raw.bits % (2 * length)) - length;
    case 'list':
      return {
        list: bitsOf(raw.bits, length).flatMap((chosen, index) =>
          chosen ? [(raw.bits >> 3) % 2 === index % 2 ? index : index - length] : [],
        ),
      };
    case 'mask':
      return { mask: bitsOf(raw.bits, length), shape: [length] };
    case 'all':
      return { slice: [null, null, null] };
    default:
      return rangeOf(raw, length);
  }
}

function rangeOf({ start, stop, step }: RawEntry, length: number): Entry {
  const within = (at: number | null): number | null =>
    at === null ? null : (at % (2 * length + 5)) - length - 2;
  return { slice: [within(start), within(stop), step] };
}

function bitsOf(bits: number, count: number): boolean[] {
  return Array.from({ length: count }, (_, at) => (bits >> ((at * 5) % 23)) % 2 === 1);
}

/** In numpy's notation; `undefined` where there is none, for masks. */
export function textOf(entries: readonly Entry[]): string | undefined {
  const parts = entries.map((entry) => {
    if (typeof entry !== 'object') return String(entry);
    if ('list' in entry) return `[${entry.list.join(', ')}]`;
    if ('mask' in entry) return undefined;
    const [start, stop, step] = entry.slice;
    return `${start ?? ''}:${stop ?? ''}${step === null ? '' : `:${step}`}`;
  });
  return parts.includes(undefined) ? undefined : parts.join(', ');
}
