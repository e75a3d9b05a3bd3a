/** Random lives of a dataset: how it is created, written, resized and read. */
import fc from 'fast-check';

import type { Entry } from './arbitrary-selections.js';
import { pick, readModel, resizeModel, size, writeModel } from './round-trip-model.js';
import type { ModelDataset } from './round-trip-model.js';
import { arbitrarySelection, maybe, selectionOf } from './round-trip-selections.js';
import type { RawSelection } from './round-trip-selections.js';
import { asField, elementTypes, valuesOf } from './round-trip-types.js';
import type { ElementType, Value } from './round-trip-types.js';

export interface Creation {
  readonly shape: readonly number[];
  readonly maxshape: readonly (number | null)[] | null;
  readonly chunks: readonly number[] | true | null;
  readonly gzip: number | null;
  readonly shuffle: boolean;
  readonly fletcher32: boolean;
  /** `null`: left out, and zero. */
  readonly fillvalue: Value | null;
  /** `null`: created without. */
  readonly values: readonly Value[] | null;
}

export type Step =
  | { readonly kind: 'resize'; readonly shape: readonly number[] }
  | {
      readonly kind: 'write';
      readonly entries: readonly Entry[];
      readonly shape: readonly number[];
      readonly values: readonly Value[];
      /** Given as nested lists, or as text where the entries can be: for ours alone. */
      readonly plain: boolean;
    };

/** What one side does, and what is in the dataset afterwards. */
export interface Phase {
  readonly steps: readonly Step[];
  readonly after: ModelDataset<Value>;
  readonly reads: readonly { readonly entries: readonly Entry[]; readonly text: boolean }[];
}

export interface RoundTrip {
  readonly type: ElementType;
  readonly creation: Creation;
  readonly phases: readonly Phase[];
}

/** @param byH5py which phases h5py will play: those that differ from this by an even number */
export function roundTrips(byH5py?: 0 | 1): fc.Arbitrary<RoundTrip> {
  return elementTypes.chain((type) =>
    fc
      .record({
        pool: fc.array(valuesOf(type), { minLength: 1, maxLength: 12 }),
        creation: rawCreation,
        phases: fc.array(rawPhase, { minLength: 2, maxLength: 3 }),
      })
      .map((raw) => play(type, raw, byH5py)),
  );
}

/** Numbers that mean something only beside a shape, so that each shrinks by itself. */
interface RawCreation {
  readonly shape: readonly number[];
  readonly growth: readonly (number | null)[] | null;
  readonly chunks: readonly number[] | true | null;
  readonly gzip: number | null;
  readonly shuffle: boolean;
  readonly fletcher32: boolean;
  readonly fillvalue: boolean;
  readonly filled: boolean;
  readonly seed: number;
}

/** Axes of datasets with so many of them. */
const LONGEST = [0, 9, 7, 5, 4];

const rawCreation: fc.Arbitrary<RawCreation> = fc.record({
  shape: fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 1, max: LONGEST[1]! }) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    { maxLength: 4 },
  ),
  growth: maybe(1, fc.array(maybe(1, fc.nat({ max: 3 })), { minLength: 4, maxLength: 4 })),
  chunks: fc.oneof(
    fc.constant(null),
    fc.constant<true>(true),
    fc.array(fc.nat({ max: 30 }), { minLength: 4, maxLength: 4 }),
  ),
  gzip: maybe(1, fc.nat({ max: 9 })),
  shuffle: fc.boolean(),
  fletcher32: fc.boolean(),
  fillvalue: fc.boolean(),
  filled: fc.boolean(),
  seed: fc.nat({ max: 999 }),
});

interface RawStep {
  readonly selection: RawSelection;
  readonly resize: readonly number[] | null;
  readonly drop: number;
  readonly ones: readonly boolean[];
  readonly plain: boolean;
  readonly seed: number;
}

interface RawPhase {
  readonly steps: readonly RawStep[];
  readonly reads: readonly { readonly selection: RawSelection; readonly text: boolean }[];
}

const rawPhase: fc.Arbitrary<RawPhase> = fc.record({
  steps: fc.array(
    fc.record({
      selection: arbitrarySelection,
      resize: maybe(2, fc.array(fc.nat({ max: 9 }), { minLength: 4, maxLength: 4 })),
      drop: fc.nat({ max: 4 }),
      ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      plain: fc.boolean(),
      seed: fc.nat({ max: 999 }),
    }),
    { maxLength: 3 },
  ),
  reads: fc.array(fc.record({ selection: arbitrarySelection, text: fc.boolean() }), {
    maxLength: 3,
  }),
});

function play(
  type: ElementType,
  raw: { pool: readonly Value[]; creation: RawCreation; phases: readonly RawPhase[] },
  byH5py: 0 | 1 | undefined,
): RoundTrip {
  const { pool } = raw;
  const creation = creationOf(type, raw.creation, pool);
  const fill = creation.fillvalue ?? zeroOf(type);
  let dataset: ModelDataset<Value> = {
    shape: creation.shape,
    values: creation.values ?? some([fill], size(creation.shape), 0),
  };
  const phases = raw.phases.map((phase, number): Phase => {
    const theirs = byH5py !== undefined && number % 2 === byH5py;
    const steps = phase.steps.map((step): Step => {
      const next = stepOf(step, dataset.shape, creation, pool, theirs);
      dataset =
        next.kind === 'resize'
          ? resizeModel(dataset, next.shape, fill)
          : writeModel(dataset, next.entries, next);
      return next;
    });
    const reads = phase.reads.map(({ selection, text }) => ({
      entries: selectionOf(selection, dataset.shape),
      text,
    }));
    return { steps, after: dataset, reads };
  });
  return { type, creation, phases };
}

function creationOf(type: ElementType, raw: RawCreation, pool: readonly Value[]): Creation {
  const shape = raw.shape.map((length) => Math.min(length, LONGEST[raw.shape.length]!));
  const scalar = shape.length === 0;
  const filters = {
    gzip: scalar ? null : raw.gzip,
    shuffle: !scalar && raw.shuffle,
    // HDF5 has no checksums of text of variable length.
    fletcher32: !scalar && raw.fletcher32 && type.kind !== 'text',
  };
  const chunked =
    !scalar &&
    (raw.growth !== null ||
      raw.chunks !== null ||
      filters.gzip !== null ||
      filters.shuffle ||
      filters.fletcher32);
  // An axis of length 0 that can't grow has no chunk that would be small enough.
  const grows = chunked && (raw.growth !== null || shape.includes(0));
  const maxshape = grows
    ? shape.map((length, axis) => {
        const more = raw.growth?.[axis] ?? null;
        return more === null || length === 0 ? null : length + more;
      })
    : null;
  const chunks =
    !chunked || raw.chunks === true || raw.chunks === null
      ? raw.chunks === true && chunked
        ? true
        : null
      : shape.map((length, axis) => {
          const limit = (maxshape === null ? length : maxshape[axis]) ?? 10;
          return 1 + ((raw.chunks as readonly number[])[axis]! % limit);
        });
  // HDF5 doesn't clear the space of such a dataset when it is first written, but for a fill value
  // that was given: in space that was used before, elements are what was there.
  const exposed = !chunked && !raw.filled;
  return {
    shape,
    maxshape,
    chunks,
    ...filters,
    fillvalue:
      (raw.fillvalue || exposed) && type.kind !== 'text' ? pool[raw.seed % pool.length]! : null,
    values: raw.filled ? some(pool, size(shape), raw.seed) : null,
  };
}

function stepOf(
  raw: RawStep,
  shape: readonly number[],
  creation: Creation,
  pool: readonly Value[],
  theirs: boolean,
): Step {
  const { maxshape } = creation;
  if (raw.resize !== null && maxshape !== null) {
    const longest = LONGEST[shape.length]! + 1;
    const lengths = maxshape.map((limit, axis) => raw.resize![axis]! % ((limit ?? longest) + 1));
    const least = theirs && hasOneChunk(creation) ? 1 : 0;
    return { kind: 'resize', shape: lengths.map((length) => Math.max(least, length)) };
  }
  const entries = selectionOf(raw.selection, shape);
  const source = sourceShape(raw, pick(shape, entries).shape, entries, shape);
  return {
    kind: 'write',
    entries,
    shape: source,
    values: some(pool, size(source), raw.seed),
    plain: raw.plain,
  };
}

/**
 * Whether it can never have more than one (which guessed ones may be). h5py loses track of that
 * when the dataset shrinks to nothing and is closed: see resize-dataset.ts.
 */
function hasOneChunk({ maxshape, chunks }: Creation): boolean {
  const fixed = maxshape?.every((length) => length !== null) ?? true;
  return (
    fixed && (!Array.isArray(chunks) || chunks.every((length, at) => length === maxshape?.[at]))
  );
}

/** A shape that is stretched to the target's; to a list or a mask none is, but one value. */
function sourceShape(
  { drop, ones }: RawStep,
  target: readonly number[],
  entries: readonly Entry[],
  shape: readonly number[],
): readonly number[] {
  const strict = entries.some((entry) => typeof entry === 'object' && !('slice' in entry));
  if (strict && shape.length > 0) return drop === 0 ? [] : target;
  return target.map((length, axis) => (ones[axis] === true ? 1 : length)).slice(drop);
}

function some(pool: readonly Value[], count: number, seed: number): Value[] {
  return Array.from({ length: count }, (_, at) => {
    const scattered = Math.imul(at + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
    return pool[(scattered >>> 3) % pool.length]!;
  });
}

export function zeroOf(type: ElementType): Value {
  switch (type.kind) {
    case 'compound':
      return Object.fromEntries(
        type.fields.map((field) => [field.name, asField(zeroOf(field.type))]),
      );
    case 'number': {
      const code = type.str.slice(1);
      if (code === 'i8' || code === 'u8') return 0n;
      if (code === 'b1') return false;
      return code.startsWith('c') ? { re: 0, im: 0 } : 0;
    }
    default:
      return '';
  }
}

export { readModel };
