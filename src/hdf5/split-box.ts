import { coordinatesOf, sizeOf } from './shape.js';

/** A part of a box whose elements follow one another in the whole, row-major. */
export interface BoxPart {
  readonly start: readonly number[];
  readonly count: readonly number[];
  /** Elements before it. */
  readonly first: number;
}

/**
 * Cuts a box into parts of at most `limit` elements (one element at least) along its first axes, so
 * that a transfer of any size needs bounded memory. Where it can be, cuts lie between chunks, so
 * that no chunk is decoded twice.
 *
 * @param stride from one selected element to the next along each axis
 * @param chunkShape `null` when the dataset isn't chunked
 */
export function* splitBox(
  box: { readonly start: readonly number[]; readonly count: readonly number[] },
  stride: readonly number[],
  limit: number,
  chunkShape: readonly number[] | null,
): Generator<BoxPart> {
  const { start, count } = box;
  const rank = count.length;
  const below = (axis: number): number => sizeOf(count.slice(axis));
  // The first axis of which one step fits: all before it are taken one by one.
  let cut = 0;
  while (cut < rank - 1 && below(cut + 1) > limit) cut++;
  if (rank === 0 || below(0) <= limit) {
    if (below(0) > 0) yield { start, count, first: 0 };
    return;
  }
  const rows = Math.max(1, Math.floor(limit / below(cut + 1)));
  const outer = sizeOf(count.slice(0, cut));
  for (let before = 0, first = 0; before < outer; before++) {
    const place = coordinatesOf(before, count.slice(0, cut));
    for (let from = 0; from < count[cut]!;) {
      const length = rowsUntilCut(start[cut]!, from, rows, stride[cut]!, chunkShape?.[cut]);
      const taken = Math.min(length, count[cut]! - from);
      const part = {
        start: start.map((at, axis) =>
          axis < cut
            ? at + place[axis]! * stride[axis]!
            : axis === cut
              ? at + from * stride[axis]!
              : at,
        ),
        count: count.map((all, axis) => (axis < cut ? 1 : axis === cut ? taken : all)),
        first,
      };
      yield part;
      first += taken * below(cut + 1);
      from += taken;
    }
  }
}

/** As many rows as are allowed, or fewer so as to end where a chunk does. */
function rowsUntilCut(
  start: number,
  from: number,
  rows: number,
  stride: number,
  chunk: number | undefined,
): number {
  if (chunk === undefined || stride !== 1) return rows;
  const end = start + from + rows;
  const aligned = end - (end % chunk) - start - from;
  return aligned > 0 ? aligned : rows;
}
