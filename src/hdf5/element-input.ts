import { rowMajorStrides } from '../chunking/chunk-grid.js';
import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError, UnsupportedByLibraryError } from '../errors.js';
import { describeValue } from './describe-value.js';
import type { DType } from './dtype.js';
import { array, ndArray } from './nd-array.js';
import type { ArrayInput, NdArray } from './nd-array.js';
import { shapeText } from './repr.js';
import { sizeOf } from './shape.js';

/**
 * Elements that are lists themselves: arrays (numpy's subarrays) and opaque bytes.
 *
 * @returns `null` for all others
 * @throws InvalidOptionError when the elements have another length than the dtype's;
 *   UnsupportedByLibraryError for sequences of variable length and what can't be read either
 */
export function listElements(input: ArrayInput, dtype: DType): NdArray | null {
  if (dtype.opaque === true) return opaqueElements(input, dtype);
  if (dtype.shape !== undefined) return arrayElements(input, dtype.base!, dtype.shape, dtype.str);
  if (dtype.base !== undefined) {
    throw new UnsupportedByLibraryError('writing sequences of variable length', {
      advice: 'Write one dataset of all elements, and one of the lengths',
    });
  }
  if (dtype.kind === 'V' && dtype.fields === undefined) {
    throw new UnsupportedByLibraryError(`elements of dtype '${dtype.str}' (no numbers or strings)`);
  }
  return null;
}

/** As many as there are axes before the last ones, which are an element's: h5py's rule. */
function arrayElements(
  input: ArrayInput,
  base: DType,
  own: readonly number[],
  str: string,
): NdArray {
  const { data, shape } = array(input, base);
  const size = sizeOf(own);
  // Reading a field of a compound gives each element's array as one list.
  const axes = shape.at(-1) === size && own.length > 1 ? 1 : own.length;
  const last = shape.slice(Math.max(0, shape.length - axes));
  const fits = axes < own.length || (last.length === axes && String(last) === String(own));
  if (String(shape) === '0') return ndArray(data, shape, str);
  if (fits) return ndArray(data, shape.slice(0, shape.length - axes), str);
  throw new InvalidOptionError(
    `When writing to array types, last N dimensions have to match (got ${shapeText(last)}, ` +
      `but should be ${shapeText(own)})`,
  );
}

function opaqueElements(input: unknown, { itemsize, str }: DType): NdArray {
  const { elements, shape } = flatten(input);
  const bad = elements.find((bytes) => !(bytes instanceof Uint8Array) || bytes.length !== itemsize);
  if (bad === undefined) return ndArray(elements as TypedArray[], shape, str);
  const got = bad instanceof Uint8Array ? `${bad.length} bytes` : describeValue(bad);
  throw new InvalidOptionError(
    `Expected a Uint8Array of ${itemsize} bytes for each element of dtype '${str}', got ${got}`,
  );
}

interface ShapedList {
  readonly data: readonly unknown[];
  readonly shape: readonly number[];
  readonly stride?: readonly number[];
}

function flatten(input: unknown): { elements: readonly unknown[]; shape: readonly number[] } {
  if (isShapedList(input)) {
    const { data, shape, stride } = input;
    const size = sizeOf(shape);
    const isPlain = stride === undefined || String(stride) === String(rowMajorStrides(shape));
    if (data.length === size && isPlain) return { elements: data, shape };
    throw new InvalidOptionError(
      `Expected ${size} elements, row-major, for the shape ${shapeText(shape)}, got ${data.length}`,
    );
  }
  const shape: number[] = [];
  let elements: readonly unknown[] = [input];
  while (elements.every(Array.isArray) && elements.length > 0) {
    const parts = elements as readonly (readonly unknown[])[];
    const [{ length }] = parts as [readonly unknown[]];
    if (parts.some((part) => part.length !== length)) {
      throw new InvalidOptionError('Every part of an axis must have the same length');
    }
    shape.push(length);
    elements = parts.flat();
  }
  return { elements, shape };
}

function isShapedList(input: unknown): input is ShapedList {
  if (typeof input !== 'object' || input === null) return false;
  const { data, shape } = input as Partial<ShapedList>;
  return Array.isArray(data) && Array.isArray(shape);
}
