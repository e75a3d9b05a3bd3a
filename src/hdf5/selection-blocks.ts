import type { ListSelection, PointSelection, ResolvedSelection } from './resolve-selection.js';
import { coordinatesOf } from './shape.js';

/** One regular hyperslab of the dataset, and where it lies in what is read or written. */
export interface SelectionBlock {
  readonly start: readonly number[];
  readonly count: readonly number[];
  readonly stride: readonly number[];
  /** Where the block's first element lies in the box of {@link memoryShape}. */
  readonly at: readonly number[];
}

/**
 * The regular hyperslabs that make up a selection, in the order of its elements: one for slices and
 * integers, one for each evenly spaced stretch of a list, one for each stretch of a mask along the
 * last axis. A selection of nothing has none. Each block's elements, in row-major order, belong
 * into the box of `memoryShape(selection)` from `at` on.
 */
export function* selectionBlocks(selection: ResolvedSelection): Generator<SelectionBlock> {
  if (selection.size === 0) return;
  if (selection.kind === 'points') yield* pointBlocks(selection);
  else if (selection.kind === 'list') yield* listBlocks(selection);
  else {
    const { start, count, stride } = selection;
    yield { start, count, stride, at: start.map(() => 0) };
  }
}

/**
 * The box in memory that `SelectionBlock.at` points into: the result's shape with axes of length 1
 * put in where needed for the dataset's rank (so it has the same elements in the same order).
 */
export function memoryShape(selection: ResolvedSelection): readonly number[] {
  return selection.kind === 'points'
    ? selection.shape.map(() => 1).with(-1, selection.size)
    : selection.count;
}

function* listBlocks(selection: ListSelection): Generator<SelectionBlock> {
  const { axis, indices } = selection;
  for (let from = 0; from < indices.length;) {
    const length = stretch(indices, from);
    yield {
      start: selection.start.with(axis, indices[from]!),
      count: selection.count.with(axis, length),
      stride: selection.stride.with(axis, length > 1 ? indices[from + 1]! - indices[from]! : 1),
      at: selection.start.map((_, other) => (other === axis ? from : 0)),
    };
    from += length;
  }
}

/** How many entries from `from` on are evenly spaced; at least three, else one or neighbours. */
function stretch(indices: readonly number[], from: number): number {
  const stepTo = (at: number): number => indices[at]! - indices[at - 1]!;
  const step = from + 1 < indices.length ? stepTo(from + 1) : 0;
  let end = from + 1;
  while (end < indices.length && stepTo(end) === step) end++;
  // Two that aren't neighbours may be better off with those that follow.
  return end - from === 2 && step > 1 ? 1 : end - from;
}

function* pointBlocks({ shape, points }: PointSelection): Generator<SelectionBlock> {
  const stride = shape.map(() => 1);
  const origin = shape.map(() => 0);
  const row = shape.at(-1)!;
  for (let from = 0; from < points.length;) {
    const first = points[from]!;
    // A stretch ends with its row: the next element of the file lies in another one.
    const rowEnd = first - (first % row) + row;
    let end = from + 1;
    while (end < points.length && isNext(points, end) && end - from < rowEnd - first) end++;
    yield {
      start: coordinatesOf(first, shape),
      count: stride.with(-1, end - from),
      stride,
      at: origin.with(-1, from),
    };
    from = end;
  }
}

function isNext(points: Float64Array, at: number): boolean {
  const step = points[at]! - points[at - 1]!;
  return step === 1;
}
