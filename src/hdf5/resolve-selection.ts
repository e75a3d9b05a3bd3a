import { InvalidOptionError } from '../errors.js';
import type { ErrorPlace } from '../errors.js';
import { isMask, resolveAxis } from './resolve-axis.js';
import type { AxisRange, Fail } from './resolve-axis.js';
import { shapeText } from './repr.js';
import { ALL, ELLIPSIS } from './selection.js';
import type { ArraySelection, Selection } from './selection.js';
import { parseSelection, selectionText } from './selection-text.js';
import { sizeOf } from './shape.js';

/** A selection made into numbers against a dataset's shape. */
export type ResolvedSelection = HyperslabSelection | ListSelection | PointSelection;

interface Resolved {
  /** Of the dataset. */
  readonly shape: readonly number[];
  /** Of what is read or written: axes given an integer are left out. */
  readonly resultShape: readonly number[];
  /** Elements selected: the product of `resultShape`. */
  readonly size: number;
}

interface Box extends Resolved {
  /** First element of each axis. */
  readonly start: readonly number[];
  /** Elements taken from each axis: `resultShape` before axes were left out. */
  readonly count: readonly number[];
  /** Steps between them, each at least 1. */
  readonly stride: readonly number[];
  /** Axes given an integer, left out of `resultShape`. */
  readonly dropped: readonly boolean[];
}

/** Slices and integers only: one regular hyperslab. */
export interface HyperslabSelection extends Box {
  readonly kind: 'hyperslab';
}

/** A hyperslab on all axes but one, which has a list of increasing indices (start 0, stride 1). */
export interface ListSelection extends Box {
  readonly kind: 'list';
  readonly axis: number;
  readonly indices: readonly number[];
}

/** Single elements, by a mask of the dataset's shape; the result has one axis. */
export interface PointSelection extends Resolved {
  readonly kind: 'points';
  /** Row-major numbers of the elements, increasing. */
  readonly points: Float64Array;
}

/**
 * Resolves a selection against a shape with h5py's rules: integers and list entries below zero
 * count from the end and must lie inside; slices are clipped, and their step is at least 1; a list
 * is strictly increasing, and there is only one; axes not named are taken whole.
 *
 * @param shape of the dataset; of a scalar dataset `[]`, which takes `[]` or `ELLIPSIS` only
 * @param place goes into the errors: which dataset, which file
 * @throws InvalidOptionError with h5py's words, the selection and the shape
 *
 * @example
 * resolveSelection('1:5:2, -1', [5, 10])
 * // { kind: 'hyperslab', start: [1, 9], count: [2, 1], stride: [2, 1],
 * //   dropped: [false, true], shape: [5, 10], resultShape: [2], size: 2 }
 */
export function resolveSelection(
  selection: Selection,
  shape: readonly number[],
  place: ErrorPlace = {},
): ResolvedSelection {
  const entries = entriesOf(selection);
  const fail: Fail = (message, advice) =>
    new InvalidOptionError(
      `${message}: selection [${selectionText(entries)}] of shape ${shapeText(shape)}`,
      { place, ...(advice === undefined ? {} : { advice }) },
    );
  const [only] = entries;
  if (entries.length === 1 && isMask(only) && shape.length > 0) {
    if (sameShape(only.shape, shape)) return selectPoints(only.data, shape);
    if (!sameShape(only.shape, shape.slice(0, 1))) {
      throw fail(
        'Boolean indexing array has incompatible shape',
        `A mask has the dataset's shape ${shapeText(shape)}, or the length of its first axis`,
      );
    }
  }
  return resolveBox(spread(entries, shape, fail), shape, fail);
}

function entriesOf(selection: unknown): readonly unknown[] {
  if (typeof selection === 'string') return parseSelection(selection);
  if (!Array.isArray(selection)) return [asMask(selection)];
  const list = selection as readonly unknown[];
  // `[true, false, true]` can't be meant as one integer an axis.
  return isBooleans(list) ? [asMask(list)] : list.map(asMask);
}

function asMask(entry: unknown): unknown {
  if (!Array.isArray(entry) || !isBooleans(entry)) return entry;
  return { data: entry, shape: [entry.length], dtype: '|b1' } satisfies ArraySelection;
}

function isBooleans(list: readonly unknown[]): list is boolean[] {
  return list.length > 0 && list.every((item) => typeof item === 'boolean');
}

/** One entry for each axis: the ellipsis, or the end, is filled with whole axes. */
function spread(entries: readonly unknown[], shape: readonly number[], fail: Fail): unknown[] {
  const at = entries.indexOf(ELLIPSIS);
  if (at !== -1 && entries.includes(ELLIPSIS, at + 1)) {
    throw fail('Only one ellipsis may be used');
  }
  const before = at === -1 ? entries : entries.slice(0, at);
  const after = at === -1 ? [] : entries.slice(at + 1);
  const given = before.length + after.length;
  if (given > 0 && shape.length === 0) {
    throw fail('Illegal slicing argument for scalar dataspace', 'Use ELLIPSIS or []');
  }
  if (given > shape.length) {
    throw fail(
      `${given} indexing arguments for ${shape.length} dimensions`,
      'An array is one entry an axis; a list of indices is an array inside it: [[0, 2]]',
    );
  }
  const whole: unknown[] = Array.from({ length: shape.length - given }, () => ALL);
  return [...before, ...whole, ...after];
}

function resolveBox(
  entries: readonly unknown[],
  shape: readonly number[],
  fail: Fail,
): HyperslabSelection | ListSelection {
  let list: Pick<ListSelection, 'axis' | 'indices'> | undefined;
  const ranges = entries.map((entry, axis): AxisRange => {
    const length = shape[axis]!;
    const resolved = resolveAxis(entry, length, list !== undefined, fail);
    if (!('indices' in resolved)) return resolved;
    list = { axis, indices: resolved.indices };
    return { start: 0, count: resolved.indices.length, stride: 1, dropped: false };
  });
  const count = ranges.map((range) => range.count);
  const box: Box = {
    shape,
    start: ranges.map((range) => range.start),
    count,
    stride: ranges.map((range) => range.stride),
    dropped: ranges.map((range) => range.dropped),
    resultShape: count.filter((_, axis) => !ranges[axis]!.dropped),
    size: sizeOf(count),
  };
  return list === undefined ? { kind: 'hyperslab', ...box } : { kind: 'list', ...list, ...box };
}

function selectPoints(data: ArrayLike<unknown>, shape: readonly number[]): PointSelection {
  let size = 0;
  for (let at = 0; at < data.length; at++) if (data[at]) size++;
  const points = new Float64Array(size);
  for (let at = 0, next = 0; next < size; at++) if (data[at]) points[next++] = at;
  return { kind: 'points', points, shape, resultShape: [size], size };
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}
