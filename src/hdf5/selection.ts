import type { TypedArray } from '../chunking/typed-array.js';
import type { ArrayData } from './array-data.js';

/**
 * Selections: which elements of a dataset are meant. The same words serve reading and writing.
 *
 * What stands between Python's brackets stands here in an array, or in a string:
 *
 * | h5py                  | typed                            | text                |
 * |-----------------------|----------------------------------|---------------------|
 * | `d[1:5:2, :]`         | `[slice(1, 5, 2), ALL]`          | `'1:5:2, :'`        |
 * | `d[..., 0]`           | `[ELLIPSIS, 0]`                  | `'..., 0'`          |
 * | `d[-1]`               | `-1`                             | `'-1'`              |
 * | `d[0, 2]`             | `[0, 2]`                         | `'0, 2'`            |
 * | `d[[0, 2]]`           | `[[0, 2]]`                       | `'[0, 2]'`          |
 * | `d[[0, 3, 5], :]`     | `[[0, 3, 5], ALL]`               | `'[0, 3, 5], :'`    |
 * | `d[...]`, `d[()]`     | `ELLIPSIS`, `[]`                 | `'...'`, `''`       |
 * | `d[values > 5]`       | `mask(values, (v) => v > 5)`     |                     |
 *
 * An array is always the tuple between the brackets, one entry an axis: a list of indices is an
 * array inside it, or a typed array.
 */
export type Selection = string | AxisSelection | readonly AxisSelection[];

/** What one axis may be given. */
export type AxisSelection =
  | number
  | bigint
  | Slice
  | typeof ELLIPSIS
  | readonly number[]
  | readonly boolean[]
  | IndexArray
  | ArraySelection;

/** A list of indices in a typed array. */
export type IndexArray = Exclude<TypedArray, Float32Array>;

/**
 * An array that selects: of dtype `|b1` a mask, of the dataset's shape or of one axis's length
 * (`mask()` makes one from any array); of an integer dtype a list of indices.
 */
export interface ArraySelection {
  readonly data: ArrayData | readonly boolean[];
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A range of one axis, as Python's `slice`; `null` leaves a bound to its default. */
export interface Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}

type Bound = number | null | undefined;

/** Stands for as many whole axes as are left over: numpy's `...`. */
export const ELLIPSIS: unique symbol = Symbol('...');

/**
 * Python's `slice`: a range of one axis from `start` up to but without `stop`. As in Python, one
 * argument alone is the **stop**; bounds below zero count from the end; bounds outside the axis
 * are clipped; `null` or `undefined` is the default (start 0, stop the end, step 1).
 *
 * @example
 * slice(5)          // :5
 * slice(1, 5, 2)    // 1:5:2
 * slice(2, null)    // 2:
 * slice(-2, null)   // -2:   the last two
 */
export function slice(
  ...bounds: [stop?: Bound] | [start: Bound, stop: Bound, step?: Bound]
): Slice {
  const [start, stop, step] = bounds.length === 1 ? [null, bounds[0]] : bounds;
  return { start: start ?? null, stop: stop ?? null, step: step ?? null };
}

/** A whole axis: numpy's `:`. */
export const ALL: Slice = slice();
