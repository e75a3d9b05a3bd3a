import type { ElementType } from './dataset-layout.js';
import type { TypedArray } from './typed-array.js';

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Makes elements as the file has them into a typed array: the array takes the bytes over, and
 * their order is changed in place. 16-bit floats come as 32-bit ones.
 *
 * @param bytes must start its buffer
 */
export function elementArray(bytes: Uint8Array<ArrayBuffer>, type: ElementType): TypedArray {
  const { buffer } = bytes;
  if (type.size > 1 && type.littleEndian !== HOST_IS_LITTLE_ENDIAN) reverse(bytes, type.size);
  switch (`${type.kind}${type.size}`) {
    case 'u1':
      return bytes;
    case 'i1':
      return new Int8Array(buffer);
    case 'u2':
      return new Uint16Array(buffer);
    case 'i2':
      return new Int16Array(buffer);
    case 'u4':
      return new Uint32Array(buffer);
    case 'i4':
      return new Int32Array(buffer);
    case 'u8':
      return new BigUint64Array(buffer);
    case 'i8':
      return new BigInt64Array(buffer);
    case 'f2':
      return Float32Array.from(new Uint16Array(buffer), fromFloat16);
    case 'f4':
      return new Float32Array(buffer);
    default:
      return new Float64Array(buffer);
  }
}

/** The value of an IEEE 754 binary16 number. */
export function fromFloat16(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

function reverse(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
}
