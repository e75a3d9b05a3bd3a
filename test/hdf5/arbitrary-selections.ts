/** Random shapes, and selections on them, in a form that JSON carries to Python. */
import { ELLIPSIS, slice } from '#src/hdf5/selection.js';
import type { AxisSelection, Selection } from '#src/hdf5/selection.js';
import fc from 'fast-check';

export type Entry =
  | number
  | '...'
  | { readonly slice: readonly (number | null)[] }
  | { readonly list: readonly number[] }
  | { readonly mask: readonly boolean[]; readonly shape: readonly number[] };

export interface SelectionCase {
  readonly shape: readonly number[];
  readonly entries: readonly Entry[];
}

/** Most of them good; some out of range, unordered, too many, or of the wrong shape. */
export const selectionCases: fc.Arbitrary<SelectionCase> = fc
  .array(fc.nat({ max: 6 }), { maxLength: 4 })
  .chain((shape) =>
    fc
      .oneof(
        { weight: 8, arbitrary: entriesOf(shape) },
        { weight: 1, arbitrary: maskOf(shape).map((mask): Entry[] => [mask]) },
        { weight: 1, arbitrary: fc.array(entryOf(3), { maxLength: 4 }) },
      )
      .map((entries) => ({ shape, entries })),
  );

export function toSelection({ entries }: SelectionCase): Selection {
  return entries.map((entry): AxisSelection => {
    if (typeof entry === 'number') return entry;
    if (entry === '...') return ELLIPSIS;
    if ('slice' in entry) return slice(entry.slice[0], entry.slice[1], entry.slice[2]);
    if ('list' in entry) return entry.list;
    return { data: entry.mask, shape: entry.shape, dtype: '|b1' };
  });
}

function entriesOf(shape: readonly number[]): fc.Arbitrary<Entry[]> {
  return fc
    .record({
      entries: fc.tuple(...shape.map(entryOf)),
      keep: fc.nat({ max: shape.length }),
      ellipsis: fc.option(fc.nat({ max: shape.length })),
    })
    .map(({ entries, keep, ellipsis }) => {
      if (ellipsis === null) return entries.slice(0, keep);
      // The ellipsis stands for the axes that are left out after it.
      const from = Math.min(ellipsis, keep);
      const rest = entries.slice(entries.length - (keep - from));
      return [...entries.slice(0, from), '...', ...(keep > from ? rest : [])];
    });
}

function entryOf(length: number): fc.Arbitrary<Entry> {
  const within = fc.integer({ min: -length, max: Math.max(0, length - 1) });
  const bound = fc.option(fc.integer({ min: -length - 2, max: length + 2 }));
  const step: fc.Arbitrary<number | null> = fc.oneof(
    { weight: 9, arbitrary: fc.option<number>(fc.integer({ min: 1, max: 4 })) },
    { weight: 1, arbitrary: fc.integer({ min: -2, max: 0 }) },
  );
  return fc.oneof(
    { weight: 4, arbitrary: within },
    { weight: 6, arbitrary: fc.tuple(bound, bound, step).map((parts) => ({ slice: parts })) },
    {
      weight: 3,
      arbitrary: fc
        .subarray(Array.from({ length }, (_, at) => at))
        .map((list) => ({ list: list.map((at) => (at % 3 === 2 ? at - length : at)) })),
    },
    { weight: 1, arbitrary: maskOf([length]) },
    { weight: 1, arbitrary: fc.array(within, { maxLength: 3 }).map((list) => ({ list })) },
    { weight: 1, arbitrary: fc.integer({ min: -length - 2, max: length + 2 }) },
  );
}

function maskOf(shape: readonly number[]): fc.Arbitrary<Entry> {
  const size = shape.reduce((total, length) => total * length, 1);
  return fc
    .array(fc.boolean(), { minLength: size, maxLength: size })
    .map((mask) => ({ mask, shape }));
}
