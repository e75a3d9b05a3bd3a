import { rowMajorStrides } from '../chunking/chunk-grid.js';
import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import { entriesPerElement } from './array-data.js';
import type { ArrayData, CompoundData } from './array-data.js';
import { copyStrided } from './copy-strided.js';
import type { DType } from './dtype.js';
import { shapeText } from './repr.js';
import type { HyperslabSelection, ResolvedSelection } from './resolve-selection.js';
import { memoryShape } from './selection-blocks.js';
import { sizeOf } from './shape.js';

/** {@link broadcast} for elements of any dtype; of a compound field by field. */
export function broadcastElements(
  data: ArrayData,
  sourceShape: readonly number[],
  selection: ResolvedSelection,
  dtype: DType,
): ArrayData {
  if (dtype.fields === undefined) {
    // Elements that are lists (opaque bytes) are entries like others.
    const elements = data as TypedArray | string[];
    return broadcast(elements, sourceShape, selection, entriesPerElement(dtype));
  }
  const fields = dtype.fields.map(({ name, dtype: type }): [string, ArrayData] => {
    const field = (data as CompoundData)[name]!;
    return [name, broadcastElements(field, sourceShape, selection, type)];
  });
  return Object.fromEntries(fields);
}

/**
 * Stretches what is written to the shape of the selection, with h5py's rules: to slices and
 * integers axes are matched from the last, and those of length 1 (or missing) are repeated; to a
 * list the shapes must be equal, to a mask the numbers of elements. One value fits everywhere
 * (into a list h5py takes it only where its chunks happen to be large enough).
 *
 * @param entries array entries of one element: 2 of complex numbers, else 1
 * @returns `selection.size` elements in the order of the selection; `data` itself if it fits as is
 * @throws InvalidOptionError with h5py's words
 */
export function broadcast<Data extends TypedArray | string[]>(
  data: Data,
  sourceShape: readonly number[],
  selection: ResolvedSelection,
  entries = 1,
): Data {
  const expanded = expandShape(sourceShape, selection);
  const target = memoryShape(selection);
  if (data.length === selection.size * entries) return data;
  const result = emptyLike(data, selection.size * entries);
  const steps = rowMajorStrides([...expanded, entries]);
  copyStrided(
    [...target, entries],
    { data, offset: 0, strides: steps.map((step, axis) => (expanded[axis] === 1 ? 0 : step)) },
    { data: result, offset: 0, strides: rowMajorStrides([...target, entries]) },
  );
  return result;
}

/**
 * The source's shape with an axis for each of the selection's memory box: h5py's `expand_shape`.
 *
 * @example (5, 4) into `'..., 0'` of shape (10, 5, 4, 2) → [1, 5, 4, 1]
 */
export function expandShape(
  sourceShape: readonly number[],
  selection: ResolvedSelection,
): readonly number[] {
  const box = memoryShape(selection);
  if (sourceShape.length === 0) return box.map(() => 1);
  if (selection.kind === 'hyperslab') return expandToHyperslab(sourceShape, selection);
  const { resultShape, size } = selection;
  const fits =
    selection.kind === 'points'
      ? sizeOf(sourceShape) === size
      : sourceShape.length === resultShape.length &&
        sourceShape.every((length, axis) => length === resultShape[axis]);
  if (fits) return box;
  const what = selection.kind === 'points' ? 'point-wise' : 'complex';
  throw new InvalidOptionError(
    `Broadcasting is not supported for ${what} selections: ` +
      `can't write ${shapeText(sourceShape)} to ${shapeText(resultShape)}`,
    { advice: `Give values of shape ${shapeText(resultShape)}, or one value for all` },
  );
}

function expandToHyperslab(
  sourceShape: readonly number[],
  { count, dropped, resultShape }: HyperslabSelection,
): number[] {
  const rest = [...sourceShape];
  const expanded = count.toReversed().map((length, fromEnd) => {
    if (rest.length === 0 || dropped[count.length - 1 - fromEnd]) return 1;
    const given = rest.pop()!;
    if (given !== 1 && given !== length) throw cannot(sourceShape, resultShape);
    return given;
  });
  if (rest.some((length) => length !== 1)) throw cannot(sourceShape, resultShape);
  return expanded.reverse();
}

function cannot(source: readonly number[], target: readonly number[]): InvalidOptionError {
  return new InvalidOptionError(`Can't broadcast ${shapeText(source)} -> ${shapeText(target)}`, {
    advice: 'Each axis, counted from the last, must have the same length, or 1',
  });
}

function emptyLike<Data extends TypedArray | string[]>(data: Data, length: number): Data {
  const { constructor } = data as object as { constructor: new (length: number) => Data };
  return new constructor(length);
}
