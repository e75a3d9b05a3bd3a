import type { InvalidOptionError } from '../errors.js';
import { describeValue } from './describe-value.js';
import type { ArraySelection, Slice } from './selection.js';

/** Makes the error for a selection that can't be, given what is wrong with it. */
export type Fail = (message: string, advice?: string) => InvalidOptionError;

/** A regular range of one axis. */
export interface AxisRange {
  readonly start: number;
  readonly count: number;
  readonly stride: number;
  /** An integer was given: the axis isn't part of the result. */
  readonly dropped: boolean;
}

/** A list of strictly increasing indices of one axis. */
export interface AxisList {
  readonly indices: readonly number[];
}

/**
 * Resolves what one axis was given, as h5py's `Selector.apply_args` does.
 *
 * @param listSeen an axis before this one has a list or a mask already: h5py allows only one
 */
export function resolveAxis(
  entry: unknown,
  length: number,
  listSeen: boolean,
  fail: Fail,
): AxisRange | AxisList {
  if (typeof entry === 'number' || typeof entry === 'bigint') {
    return resolveInteger(Number(entry), length, fail);
  }
  if (isSlice(entry)) return resolveSlice(entry, length, fail);
  const indices = toIntegers(indicesOf(entry, length, fail), length, fail);
  if (listSeen) {
    throw fail(
      'Only one indexing vector or array is currently allowed for fancy indexing',
      'Read with one list, then select from the result',
    );
  }
  checkList(indices, length, fail);
  return { indices };
}

/** A boolean array. */
export function isMask(entry: unknown): entry is ArraySelection & { data: ArrayLike<unknown> } {
  return isArraySelection(entry) && entry.dtype === '|b1';
}

function resolveInteger(given: number, length: number, fail: Fail): AxisRange {
  if (!Number.isSafeInteger(given)) throw fail(`Selection can't process ${given}`);
  const index = given < 0 ? given + length : given;
  if (index < 0 || index >= length) {
    throw fail(`Index (${index}) out of range for ${extentText(length)}`);
  }
  return { start: index, count: 1, stride: 1, dropped: true };
}

/** As Python's `slice.indices`. */
function resolveSlice({ start, stop, step }: Slice, length: number, fail: Fail): AxisRange {
  for (const bound of [start, stop, step]) {
    if (bound !== null && !Number.isSafeInteger(bound)) {
      throw fail(`Slice indices must be integers or null (got ${bound})`);
    }
  }
  const stride = step ?? 1;
  if (stride < 1) {
    throw fail(`Step must be >= 1 (got ${stride})`, 'Read forwards, then reverse the result');
  }
  const first = clip(start ?? 0, length);
  const end = clip(stop ?? length, length);
  if (end < first) return { start: 0, count: 0, stride: 1, dropped: false };
  return { start: first, count: Math.ceil((end - first) / stride), stride, dropped: false };
}

function clip(bound: number, length: number): number {
  return Math.min(Math.max(bound < 0 ? bound + length : bound, 0), length);
}

function indicesOf(entry: unknown, length: number, fail: Fail): ArrayLike<unknown> {
  if (isMask(entry)) return indicesOfMask(entry, length, fail);
  if (isArraySelection(entry)) return indicesOfArray(entry, fail);
  if (Array.isArray(entry)) return entry as unknown[];
  if (ArrayBuffer.isView(entry) && !(entry instanceof DataView)) {
    return entry as unknown as ArrayLike<unknown>;
  }
  if (entry === null || entry === undefined) {
    throw fail("Indexing with null (numpy's newaxis) is not supported", 'Use ALL for a whole axis');
  }
  if (typeof entry === 'function' || typeof entry === 'boolean') {
    throw fail(
      `Selection can't process ${describeValue(entry)}`,
      'To select by a condition, read the values and build a mask: ' +
        'const values = dataset.get(); dataset.get(mask(values, (value) => value > 5))',
    );
  }
  throw fail(
    `Selection can't process ${describeValue(entry)}`,
    'An axis takes an integer, slice(), ALL, ELLIPSIS, a list of integers or a mask',
  );
}

function indicesOfMask(
  mask: ArraySelection & { data: ArrayLike<unknown> },
  length: number,
  fail: Fail,
): number[] {
  if (mask.shape.length !== 1) throw fail('Only 1D arrays allowed for fancy indexing');
  if (mask.shape[0] !== length) {
    throw fail(
      `Boolean index did not match indexed array (a mask of ${mask.shape[0]!} for ${length})`,
    );
  }
  const indices: number[] = [];
  for (let at = 0; at < length; at++) if (mask.data[at]) indices.push(at);
  return indices;
}

function indicesOfArray({ data, shape, dtype }: ArraySelection, fail: Fail): ArrayLike<unknown> {
  if (shape.length !== 1) throw fail('Only 1D arrays allowed for fancy indexing');
  if (!/[iu][1248]$/.test(dtype)) {
    throw fail(`Indexing arrays must have integer dtypes (got ${dtype})`);
  }
  return data as ArrayLike<unknown>;
}

/** The entries of a list, counted from the start. */
function toIntegers(list: ArrayLike<unknown>, length: number, fail: Fail): number[] {
  return Array.from(list, (item) => {
    if (Array.isArray(item)) throw fail('Only 1D arrays allowed for fancy indexing');
    const index = typeof item === 'bigint' ? Number(item) : item;
    if (typeof index !== 'number' || !Number.isSafeInteger(index)) {
      throw fail(`Indexing arrays must have integer dtypes (got ${describeValue(item)})`);
    }
    return index < 0 ? index + length : index;
  });
}

function checkList(indices: readonly number[], length: number, fail: Fail): void {
  if (indices.some((index) => index < 0 || index >= length)) {
    throw fail(`Fancy indexing out of range for ${extentText(length)}`);
  }
  if (indices.some((index, at) => at > 0 && index <= indices[at - 1]!)) {
    throw fail(
      'Indexing elements must be in increasing order',
      'Sort the indices and drop repeats; reorder the result afterwards',
    );
  }
}

function extentText(length: number): string {
  return length === 0 ? 'empty dimension' : `(0-${length - 1})`;
}

function isArraySelection(entry: unknown): entry is ArraySelection {
  return isObject(entry) && 'data' in entry && 'shape' in entry && 'dtype' in entry;
}

function isSlice(entry: unknown): entry is Slice {
  return isObject(entry) && 'start' in entry && 'stop' in entry && 'step' in entry;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
