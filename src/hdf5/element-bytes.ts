import { elementArray } from '../chunking/element-array.js';
import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError, UnsupportedByLibraryError } from '../errors.js';
import type { ArrayData, CompoundData } from './array-data.js';
import type { DType } from './dtype.js';
import { decodeFloat16, encodeFloat16 } from './float16.js';
import { Reference } from './reference.js';

/**
 * Elements as they lie in a file to an array in memory. An array of numbers takes the bytes over
 * where they are the whole of their buffer, and may change their order.
 *
 * An element that is an array, or opaque bytes, is a typed array of its own.
 *
 * @throws InvalidOptionError for elements of variable length, which hold only where they are
 */
export function decodeElements(bytes: Uint8Array, dtype: DType): ArrayData {
  switch (dtype.kind) {
    case 'S':
      return decodeStrings(bytes, dtype.itemsize);
    case 'O':
      return split(bytes, dtype.itemsize).map((each) => new Reference(referenceOf(dtype), each));
    case 'V':
      return dtype.fields === undefined ? decodeLists(bytes, dtype) : decodeCompound(bytes, dtype);
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
      referenceOf(dtype);
      return join((data as Reference[]).map((reference) => reference.bytes));
    case 'V':
      return dtype.fields === undefined
        ? encodeLists(data, dtype)
        : encodeCompound(data as CompoundData, dtype);
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

/** Arrays as elements, and opaque bytes. */
function decodeLists(bytes: Uint8Array, { base, opaque, itemsize, str }: DType): ArrayData {
  const elements = split(bytes, itemsize);
  if (opaque === true) return elements;
  if (base === undefined) throw new UnsupportedByLibraryError(`elements of dtype '${str}'`);
  return elements.map((element) => decodeElements(element, base) as TypedArray);
}

/** Arrays may also come as all their elements in one. */
function encodeLists(data: ArrayData, { base }: DType): Uint8Array<ArrayBuffer> {
  const isList = Array.isArray(data) && ArrayBuffer.isView(data[0]);
  if (!isList) return encodeElements(data, base!);
  const elements = data as TypedArray[];
  return join(base === undefined ? elements : elements.map((each) => encodeElements(each, base)));
}

function split(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: bytes.length / size }, (_, element) =>
    Uint8Array.from(bytes.subarray(element * size, (element + 1) * size)),
  );
}

function join(parts: readonly ArrayBufferView[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    all.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return all;
}

function referenceOf({ reference }: DType): 'object' | 'region' {
  if (reference !== undefined) return reference;
  throw new InvalidOptionError(
    'Elements of variable length are not stored in their place: read and write them as such',
  );
}
