import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import { allocate } from './array-data.js';
import type { ArrayData } from './array-data.js';
import { isText, sameDType } from './dtype.js';
import type { DType } from './dtype.js';
import { roundToFloat16 } from './float16.js';

/**
 * Converts elements from one dtype to another as HDF5 does when it reads or writes. Overflow is
 * **silent**:
 *
 * - to an integer: fractions are cut off, and what lies beyond the range becomes the nearest end of
 *   it: 300 and Infinity into `uint8` are 255, -1 is 0; NaN is 0 (HDF5 leaves it to the processor);
 * - to a float: rounded to the nearest, ties to even; beyond the largest number it is ±Infinity:
 *   2^65 into `float16` is Infinity;
 * - to `bool`: anything but 0 is 1;
 * - a real number to a complex one: the imaginary part is 0;
 * - between strings: text, shortened to fit when it is encoded;
 * - references and other elements that are no numbers stay what they are.
 *
 * Returns `data` itself where nothing has to change.
 *
 * @throws InvalidOptionError where there is no conversion: text to numbers, complex to real, …
 */
export function cast(data: ArrayData, from: DType, to: DType): ArrayData {
  const group = groupOf(from);
  if (group === groupOf(to) && (group === 'string' || sameInMemory(from, to))) return data;
  if (group !== 'number' && group !== 'string' && sameDType(from, to)) return data;
  if (group !== 'number' || groupOf(to) !== 'number') {
    throw noPath(from, to);
  }
  if (from.kind === 'c' && to.kind !== 'c') throw noPath(from, to);
  const numbers = data as TypedArray;
  return from.kind !== 'c' && to.kind === 'c' ? toComplex(numbers, to) : castNumbers(numbers, to);
}

function groupOf(dtype: DType): 'number' | 'string' | 'other' {
  if (isText(dtype)) return 'string';
  return dtype.kind === 'V' || dtype.kind === 'O' ? 'other' : 'number';
}

/** Byte order is a matter of the file, and elements in memory are in the machine's. */
function sameInMemory(a: DType, b: DType): boolean {
  return a.kind === b.kind && a.itemsize === b.itemsize && a.kind !== 'V';
}

function toComplex(data: TypedArray, to: DType): TypedArray {
  const parts = allocate(to, data.length);
  for (let at = 0; at < data.length; at++) parts[2 * at] = Number(data[at]);
  return parts;
}

function castNumbers(data: TypedArray, to: DType): TypedArray {
  const result = allocate(to, to.kind === 'c' ? data.length / 2 : data.length);
  const convert = converter(to);
  for (let at = 0; at < data.length; at++) result[at] = convert(data[at]!);
  return result;
}

type Convert = (value: number | bigint) => number | bigint;

/** How one array entry of a number, or of a part of a complex number, is converted to `to`. */
export function converter(to: DType): Convert {
  switch (to.kind) {
    case 'i':
    case 'u':
      return to.itemsize === 8 ? bigIntConverter(to) : intConverter(to);
    case 'b':
      return (value) => (Number(value) === 0 ? 0 : 1);
    case 'f':
      return floatConverter(to.itemsize);
    case 'c':
      return floatConverter(to.itemsize / 2);
    default:
      throw new InvalidOptionError(`${to.str} is not a numeric dtype`);
  }
}

function intConverter({ kind, itemsize }: DType): Convert {
  const bits = 8 * itemsize;
  const low = kind === 'u' ? 0 : -(2 ** (bits - 1));
  const high = kind === 'u' ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  return (value) => {
    const number = Number(value);
    if (Number.isNaN(number)) return 0;
    return Math.min(Math.max(Math.trunc(number), low), high);
  };
}

function bigIntConverter({ kind }: DType): Convert {
  const low = kind === 'u' ? 0n : -(2n ** 63n);
  const high = kind === 'u' ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  return (value) => {
    if (typeof value === 'number') {
      if (Number.isNaN(value)) return 0n;
      if (!Number.isFinite(value)) return value < 0 ? low : high;
    }
    const integer = typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
    if (integer < low) return low;
    return integer > high ? high : integer;
  };
}

const LARGEST_FLOAT32 = 2 ** 128 - 2 ** 104;

function floatConverter(itemsize: number): Convert {
  switch (itemsize) {
    case 2:
      return (value) => roundToFloat16(sticky(value));
    case 4:
      return (value) => roundToFloat32(sticky(value));
    default:
      return Number;
  }
}

function roundToFloat32(value: number): number {
  if (Math.abs(value) > LARGEST_FLOAT32) return value < 0 ? -Infinity : Infinity;
  return Math.fround(value);
}

/**
 * A float64 that rounds to any shorter float as the integer itself does. (Rounding twice, first to
 * float64, would go wrong near ties.) What doesn't fit 53 bits ends in one bit that stands for all
 * that is below.
 */
function sticky(value: number | bigint): number {
  if (typeof value === 'number') return value;
  const size = value < 0n ? -value : value;
  if (size < 2n ** 53n) return Number(value);
  const rest = size & 0xfffn;
  const kept = rest === 0n ? size : (size - rest) | 0x1000n;
  return Number(value < 0n ? -kept : kept);
}

function noPath(from: DType, to: DType): InvalidOptionError {
  return new InvalidOptionError(`No conversion path from dtype '${from.str}' to '${to.str}'`, {
    advice:
      from.kind === 'c'
        ? 'Take the real parts (every other entry of the data) first'
        : 'Convert the values before they are written, or after they are read',
  });
}
