import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import { allocate, entriesPerElement } from './array-data.js';
import { converter } from './cast.js';
import { describeValue } from './describe-value.js';
import { BOOL, FLOAT64, INT64, isText, numericDType, REFERENCE, STRING, UINT64 } from './dtype.js';
import type { DType } from './dtype.js';
import { Reference } from './reference.js';
import { coordinatesOf } from './shape.js';

/** One value as JavaScript has it. */
export type Scalar = number | bigint | boolean | string;

/** The dtype that numpy's `array` gives such values; see `array` for the rules. */
export function inferDType(values: readonly unknown[], shape: readonly number[]): DType {
  if (values.length === 0) return FLOAT64;
  let [low, high] = [0n, 0n];
  let [booleans, strings, integers, references] = [0, 0, 0, 0];
  values.forEach((value, element) => {
    if (typeof value === 'boolean') booleans++;
    else if (typeof value === 'string') strings++;
    else if (value instanceof Reference) references++;
    else if (typeof value === 'bigint') {
      integers++;
      if (value < low) low = value;
      if (value > high) high = value;
    } else if (typeof value !== 'number') throw notAValue(value, element, shape);
    else if (Number.isSafeInteger(value)) {
      integers++;
      if (value < 0 && low === 0n) low = -1n;
    }
  });
  if (strings > 0) return everyOrMixed(strings, values, STRING);
  if (references > 0) return everyOrMixed(references, values, REFERENCE);
  if (booleans === values.length) return BOOL;
  if (integers + booleans < values.length) return FLOAT64;
  if (low >= -(2n ** 63n) && high < 2n ** 63n) return INT64;
  if (low === 0n && high < 2n ** 64n) return UINT64;
  throw new InvalidOptionError(`Integers from ${low} to ${high} fit neither int64 nor uint64`, {
    advice: "Name a dtype: 'float64' rounds them",
  });
}

/**
 * Values to elements of a dtype, converted as `cast` does.
 *
 * @throws InvalidOptionError for text where numbers are expected, and the other way round
 */
export function fromValues(
  values: readonly unknown[],
  shape: readonly number[],
  dtype: DType,
): TypedArray | string[] | Reference[] {
  const { reference } = dtype;
  if (reference !== undefined) {
    return values.map((value, element) => {
      if (value instanceof Reference && value.kind === reference) return value;
      throw notAValue(value, element, shape, `a reference to ${article(reference)}`);
    });
  }
  if (isText(dtype)) {
    return values.map((value, element) => {
      if (typeof value !== 'string') throw notAValue(value, element, shape, 'text');
      return value;
    });
  }
  const data = allocate(dtype, values.length);
  const convert = converter(dtype);
  const step = entriesPerElement(dtype);
  values.forEach((value, element) => {
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number !== 'number' && typeof number !== 'bigint') {
      throw notAValue(value, element, shape, `a number for dtype '${dtype.str}'`);
    }
    data[element * step] = convert(number);
  });
  return data;
}

/** The dtype of a typed array's elements. */
export function dtypeOfTypedArray(data: TypedArray): DType {
  const size = data.BYTES_PER_ELEMENT;
  if (data instanceof Float32Array || data instanceof Float64Array) return numericDType('f', size);
  return numericDType(SIGNED.some((signed) => data instanceof signed) ? 'i' : 'u', size);
}

export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

const SIGNED = [Int8Array, Int16Array, Int32Array, BigInt64Array];

function everyOrMixed(count: number, values: readonly unknown[], dtype: DType): DType {
  if (count === values.length) return dtype;
  const what = dtype === STRING ? 'Text and numbers' : 'References and other values';
  throw new InvalidOptionError(`${what} in one array have no common dtype`, {
    advice: 'Make all of them strings, all references, or all numbers',
  });
}

function notAValue(
  value: unknown,
  element: number,
  shape: readonly number[],
  expected = 'a number, bigint, boolean or string',
): InvalidOptionError {
  const place = coordinatesOf(element, shape).join(', ');
  return new InvalidOptionError(`Expected ${expected} at [${place}], got ${describeValue(value)}`);
}

function article(what: string): string {
  return what === 'object' ? 'an object' : `a ${what}`;
}
