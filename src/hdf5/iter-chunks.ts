import { InvalidOptionError } from '../errors.js';
import type { ResolvedSelection } from './resolve-selection.js';
import { slice } from './selection.js';
import type { Slice } from './selection.js';

/** Selections of one chunk each, in row-major order, clipped to a regular selection. */
export function* iterChunks(
  selection: ResolvedSelection,
  chunkShape: readonly number[],
): Generator<Slice[]> {
  if (selection.kind !== 'hyperslab' || selection.stride.some((step) => step !== 1)) {
    throw new InvalidOptionError('Chunks are iterated over slices of step 1 and integers only');
  }
  const { start, count } = selection;
  const end = start.map((first, axis) => first + count[axis]!);
  const walk = function* (axis: number, outer: readonly Slice[]): Generator<Slice[]> {
    if (axis === start.length) {
      yield [...outer];
      return;
    }
    const length = chunkShape[axis]!;
    for (let from = start[axis]!; from < end[axis]!;) {
      const to = Math.min(end[axis]!, from - (from % length) + length);
      yield* walk(axis + 1, [...outer, slice(from, to)]);
      from = to;
    }
  };
  yield* walk(0, []);
}
