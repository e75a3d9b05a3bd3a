import { elementArray } from '../chunking/element-array.js';
import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import type { ArrayData, CompoundData } from './array-data.js';
import type { DType } from './dtype.js';
import { decodeFloat16, encodeFloat16 } from './float16.js';

/**
 * Elements as they lie in a file to an array in memory. An array of numbers takes the bytes over
 * where they are the whole of their buffer, and may change their order.
 *
 * @throws InvalidOptionError for variable-length strings, whose text isn't in the elements
 */
export function decodeElements(bytes: Uint8Array, dtype: DType): ArrayData {
  switch (dtype.kind) {
    case 'S':
      return decodeStrings(bytes, dtype.itemsize);
    case 'O':
      throw outOfLine();
    case 'V':
      return decodeCompound(bytes, dtype);
    default: {
      const numbers = partsOf(ownBytes(bytes), dtype);
      return numbers instanceof Uint16Array && dtype.kind === 'f'
        ? decodeFloat16(numbers)
        : numbers;
    }
  }
}

/**
 * An array of `dtype` (as `decodeElements` or `cast` gives it) to elements as they lie in a file.
 * Text that is longer than a fixed-length string is cut, at the end of a character.
 */
export function encodeElements(data: ArrayData, dtype: DType): Uint8Array<ArrayBuffer> {
  switch (dtype.kind) {
    case 'S':
      return encodeStrings(data as string[], dtype);
    case 'O':
      throw outOfLine();
    case 'V':
      return encodeCompound(data as CompoundData, dtype);
    default: {
      const half = dtype.kind === 'f' && dtype.itemsize === 2;
      const source = half ? encodeFloat16(data as Float32Array) : (data as TypedArray);
      const copy = new Uint8Array(source.byteLength);
      copy.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
      const swapped = partsOf(copy, dtype);
      return new Uint8Array(swapped.buffer as ArrayBuffer);
    }
  }
}

/** The raw bits of float16 elements, as they lie in a file; takes the bytes over likewise. */
export function decodeFloat16Bits(bytes: Uint8Array, dtype: DType): Uint16Array {
  return partsOf(ownBytes(bytes), dtype) as Uint16Array;
}

function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const whole = buffer instanceof ArrayBuffer && bytes.length === buffer.byteLength;
  // Copied not by `slice`, which of Node's `Buffer` is no copy.
  return whole ? new Uint8Array(buffer) : new Uint8Array(bytes);
}

/** Takes the bytes over, their order changed where the machine's is another (either way). */
function partsOf(bytes: Uint8Array<ArrayBuffer>, dtype: DType): TypedArray {
  const size = dtype.kind === 'c' ? dtype.itemsize / 2 : dtype.itemsize;
  const float = (dtype.kind === 'f' || dtype.kind === 'c') && size > 2;
  const kind = dtype.kind === 'i' ? 'i' : float ? 'f' : 'u';
  return elementArray(bytes, { kind, size, littleEndian: dtype.byteOrder !== '>' });
}

function decodeStrings(bytes: Uint8Array, itemsize: number): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: bytes.length / itemsize }, (_, element) => {
    const start = element * itemsize;
    let end = start + itemsize;
    // numpy's rule: zeros at the end are padding.
    while (end > start && bytes[end - 1] === 0) end--;
    return decoder.decode(bytes.slice(start, end));
  });
}

function encodeStrings(data: readonly string[], dtype: DType): Uint8Array<ArrayBuffer> {
  const { itemsize, encoding } = dtype;
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(data.length * itemsize);
  data.forEach((text, element) => {
    if (encoding === 'ascii' && !isAscii(text)) {
      throw new InvalidOptionError(
        `'${text}' (element ${element}) can't be stored as ASCII (dtype '${dtype.str}')`,
        { advice: "Use the dtype 'str', or a fixed-length string with the encoding utf-8" },
      );
    }
    encoder.encodeInto(text, bytes.subarray(element * itemsize, (element + 1) * itemsize));
  });
  return bytes;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

function decodeCompound(bytes: Uint8Array, { fields = [], itemsize }: DType): CompoundData {
  const elements = bytes.length / itemsize;
  return Object.fromEntries(
    fields.map(({ name, dtype, offset }) => {
      const size = dtype.itemsize;
      const column = new Uint8Array(elements * size);
      for (let element = 0; element < elements; element++) {
        const at = element * itemsize + offset;
        column.set(bytes.subarray(at, at + size), element * size);
      }
      return [name, decodeElements(column, dtype)];
    }),
  );
}

function encodeCompound(
  data: CompoundData,
  { fields = [], itemsize }: DType,
): Uint8Array<ArrayBuffer> {
  const columns = fields.map(({ name, dtype, offset }) => {
    const values = data[name];
    if (values === undefined) {
      throw new InvalidOptionError(`Field '${name}' is missing from the data`, {
        advice: `Give one array for each field: ${fields.map((field) => field.name).join(', ')}`,
      });
    }
    return { bytes: encodeElements(values, dtype), size: dtype.itemsize, offset };
  });
  const elements = columns.length === 0 ? 0 : columns[0]!.bytes.length / columns[0]!.size;
  const result = new Uint8Array(elements * itemsize);
  for (const { bytes, size, offset } of columns) {
    if (bytes.length / size !== elements) {
      throw new InvalidOptionError(
        'The fields of a compound must have the same number of elements',
      );
    }
    for (let element = 0; element < elements; element++) {
      const from = element * size;
      result.set(bytes.subarray(from, from + size), element * itemsize + offset);
    }
  }
  return result;
}

function outOfLine(): InvalidOptionError {
  return new InvalidOptionError(
    'Variable-length strings are not stored in the elements: read and write them as text',
  );
}
