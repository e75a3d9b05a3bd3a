import type { TypedArray } from '../chunking/typed-array.js';
import type { ArrayData, CompoundData } from './array-data.js';
import type { NdArray } from './nd-array.js';
import type { Reference } from './reference.js';
import { sizeOf } from './shape.js';

/** A value of a nested list; complex numbers and compounds are objects, arrays as elements lists. */
export type ListItem =
  | number
  | bigint
  | boolean
  | string
  | Reference
  | { readonly re: number; readonly im: number }
  | { readonly [field: string]: NestedList };

export type NestedList = ListItem | NestedList[];

/**
 * An array as nested lists, numpy's `tolist`: to print it, or to compare it.
 *
 * @example
 * toList(dataset.get('0:2, :')) // [[1, 9, 5], [7, 8, 3]]
 */
export function toList(array: Pick<NdArray, 'data' | 'shape' | 'dtype'>): NestedList {
  const { data, shape, dtype } = array;
  const size = sizeOf(shape);
  const itemAt = reader(data, size, dtype === '|b1');
  const nest = (axis: number, first: number): NestedList => {
    if (axis === shape.length) return itemAt(first);
    const step = sizeOf(shape.slice(axis + 1));
    return Array.from({ length: shape[axis]! }, (_, at) => nest(axis + 1, first + at * step));
  };
  return nest(0, 0);
}

function reader(data: ArrayData, size: number, bool = false): (element: number) => NestedList {
  if (Array.isArray(data)) return (element) => listOf(data[element]!);
  if (!ArrayBuffer.isView(data)) return compoundReader(data, size);
  if (data.length === 2 * size && size > 0) {
    return (element) => ({ re: Number(data[2 * element]), im: Number(data[2 * element + 1]) });
  }
  if (bool) return (element) => data[element] !== 0;
  return (element) => data[element]!;
}

/** An element that is a list itself. */
function listOf(item: string | Reference | TypedArray): NestedList {
  return ArrayBuffer.isView(item) ? Array.from<number | bigint>(item) : item;
}

function compoundReader(data: CompoundData, size: number): (element: number) => NestedList {
  const fields = Object.entries(data).map(
    ([name, values]): [string, (element: number) => NestedList] => [name, reader(values, size)],
  );
  return (element) => Object.fromEntries(fields.map(([name, at]) => [name, at(element)]));
}
