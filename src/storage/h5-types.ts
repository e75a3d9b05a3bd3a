import type { Metadata } from 'h5wasm/node';
import { typeClass } from './h5-type-class.js';

/** Element types that h5wasm reads and writes for us, as numpy names them. */
export type NumericDtype = keyof NumericArrays;

export type H5Dtype = NumericDtype | 'string';

interface NumericArrays {
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  uint32: Uint32Array;
  int32: Int32Array;
  uint64: BigUint64Array;
  int64: BigInt64Array;
  float32: Float32Array;
  float64: Float64Array;
}

export type NumericArray = NumericArrays[NumericDtype];

interface NumericType {
  readonly bytes: number;
  /** h5wasm's name, after Python's `struct`. */
  readonly code: string;
  readonly array: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => NumericArray;
}

export const numericTypes: Readonly<Record<NumericDtype, NumericType>> = {
  uint8: { bytes: 1, code: '<B', array: Uint8Array },
  int8: { bytes: 1, code: '<b', array: Int8Array },
  uint16: { bytes: 2, code: '<H', array: Uint16Array },
  int16: { bytes: 2, code: '<h', array: Int16Array },
  uint32: { bytes: 4, code: '<I', array: Uint32Array },
  int32: { bytes: 4, code: '<i', array: Int32Array },
  uint64: { bytes: 8, code: '<Q', array: BigUint64Array },
  int64: { bytes: 8, code: '<q', array: BigInt64Array },
  float32: { bytes: 4, code: '<f', array: Float32Array },
  float64: { bytes: 8, code: '<d', array: Float64Array },
};

export function isNumericDtype(dtype: string): dtype is NumericDtype {
  return Object.hasOwn(numericTypes, dtype);
}

/** The type of an array's elements. */
export function dtypeOf(array: NumericArray): NumericDtype {
  for (const [name, type] of Object.entries(numericTypes)) {
    if (array instanceof type.array) return name as NumericDtype;
  }
  throw new TypeError('Expected a typed array of integers or floats');
}

const otherClasses: Readonly<Record<number, string>> = {
  2: 'time',
  4: 'bitfield',
  5: 'opaque',
  6: 'compound',
  7: 'reference',
  9: 'variable-length',
  10: 'array',
};

/** A name for any HDF5 type: `uint8`, `float16`, `string`, or the name of its class. */
export function dtypeName(metadata: Metadata): string {
  const bits = metadata.size * 8;
  switch (metadata.type) {
    case typeClass.integer:
    case typeClass.enumeration:
      return `${metadata.signed ? 'int' : 'uint'}${bits}`;
    case typeClass.float:
      return `float${bits}`;
    case typeClass.string:
      return 'string';
    default:
      return otherClasses[metadata.type] ?? 'unknown';
  }
}
