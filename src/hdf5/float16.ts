import { fromFloat16 } from '../chunking/element-array.js';

const LARGEST = 65504;

/**
 * The bits of the IEEE 754 binary16 number nearest to a value (ties to even, subnormals kept), as
 * HDF5 converts: any value beyond ±65504, also one that would round back to it, is ±Infinity.
 */
export function toFloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size > LARGEST) return sign | 0x7c00;
  // Below 2^-14 the numbers are evenly spaced, as those of the first exponent are.
  const exponent = size < 2 ** -14 ? -14 : exponentOf(size);
  const units = roundHalfToEven(size * 2 ** (10 - exponent));
  // A carry out of the 11 bits of `units` moves into the exponent by itself.
  return sign | (size < 2 ** -14 ? units : ((exponent + 14) << 10) + units);
}

/** The value of the binary16 number nearest to a value; see {@link toFloat16Bits}. */
export function roundToFloat16(value: number): number {
  return float16Values()[toFloat16Bits(value)]!;
}

/** Bits of binary16 numbers to their values. */
export function decodeFloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const table = float16Values();
  const values = new Float32Array(bits.length);
  for (let at = 0; at < bits.length; at++) values[at] = table[bits[at]!]!;
  return values;
}

/** Values to the bits of the nearest binary16 numbers. */
export function encodeFloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length);
  for (let at = 0; at < values.length; at++) bits[at] = toFloat16Bits(values[at]!);
  return bits;
}

let table: Float32Array | undefined;

/** All 65,536 of them: a look-up is several times faster than the arithmetic. */
function float16Values(): Float32Array {
  return (table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => fromFloat16(bits)));
}

const scratch = new DataView(new ArrayBuffer(8));

function exponentOf(value: number): number {
  scratch.setFloat64(0, value);
  return ((scratch.getUint16(0) >> 4) & 0x7ff) - 1023;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
