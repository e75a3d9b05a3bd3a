import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import type { DType } from './dtype.js';
import type { Reference } from './reference.js';

/**
 * Elements in memory, row-major: one entry an element (two of complex numbers: real, imaginary). An
 * element that is a list itself (a sequence of variable length, opaque bytes) is a typed array.
 */
export type ArrayData = TypedArray | string[] | Reference[] | TypedArray[] | CompoundData;

/** One array a field. */
export interface CompoundData {
  readonly [field: string]: ArrayData;
}

/**
 * The array that holds elements of a dtype, by its numpy name or code: `ArrayOf<'float16'>` is
 * `Float32Array`.
 *
 * | dtype              | array                                        |
 * |--------------------|----------------------------------------------|
 * | int8 … uint32      | `Int8Array` … `Uint32Array`                  |
 * | int64, uint64      | `BigInt64Array`, `BigUint64Array`            |
 * | float16, float32   | `Float32Array`                               |
 * | float64            | `Float64Array`                               |
 * | bool               | `Uint8Array` of 0 and 1                      |
 * | complex64          | `Float32Array`: real, imaginary, real, …     |
 * | complex128         | `Float64Array`: real, imaginary, real, …     |
 * | S*n*, str          | `string[]`                                   |
 * | ref                | `Reference[]`                                |
 */
export type ArrayOf<Name extends string> = Name extends keyof ByName
  ? ByName[Name]
  : Name extends `${'<' | '>' | '=' | '|'}${infer Code extends keyof ByName}`
    ? ByName[Code]
    : Name extends `S${number}` | `|S${number}`
      ? string[]
      : ArrayData;

interface ByName {
  i1: Int8Array;
  int8: Int8Array;
  u1: Uint8Array;
  uint8: Uint8Array;
  b1: Uint8Array;
  bool: Uint8Array;
  i2: Int16Array;
  int16: Int16Array;
  u2: Uint16Array;
  uint16: Uint16Array;
  i4: Int32Array;
  int32: Int32Array;
  u4: Uint32Array;
  uint32: Uint32Array;
  i8: BigInt64Array;
  int: BigInt64Array;
  int64: BigInt64Array;
  u8: BigUint64Array;
  uint: BigUint64Array;
  uint64: BigUint64Array;
  f2: Float32Array;
  float16: Float32Array;
  f4: Float32Array;
  float32: Float32Array;
  f8: Float64Array;
  float: Float64Array;
  float64: Float64Array;
  c8: Float32Array;
  complex64: Float32Array;
  c16: Float64Array;
  complex128: Float64Array;
  O: string[];
  str: string[];
  ref: Reference[];
}

/** Array entries of one element: 2 of a complex number, as many as it has of an array, else 1. */
export function entriesPerElement({ kind, base, shape }: DType): number {
  if (base === undefined || shape === undefined) return kind === 'c' ? 2 : 1;
  return shape.reduce((total, length) => total * length, entriesPerElement(base));
}

/** A zeroed array for so many elements of a numeric dtype (`f2` in 32-bit floats). */
export function allocate(dtype: DType, elements: number): TypedArray {
  const length = elements * entriesPerElement(dtype);
  switch (`${dtype.kind}${dtype.itemsize}`) {
    case 'i1':
      return new Int8Array(length);
    case 'u1':
    case 'b1':
      return new Uint8Array(length);
    case 'i2':
      return new Int16Array(length);
    case 'u2':
      return new Uint16Array(length);
    case 'i4':
      return new Int32Array(length);
    case 'u4':
      return new Uint32Array(length);
    case 'i8':
      return new BigInt64Array(length);
    case 'u8':
      return new BigUint64Array(length);
    case 'f2':
    case 'f4':
    case 'c8':
      return new Float32Array(length);
    case 'f8':
    case 'c16':
      return new Float64Array(length);
    default:
      throw new InvalidOptionError(`${dtype.str} is not a numeric dtype`);
  }
}
