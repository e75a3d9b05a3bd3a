import { UnsupportedByLibraryError } from '../../errors.js';
import type { DType, DTypeField } from '../dtype.js';

/**
 * A Datatype message, byte for byte as h5py writes it with library bounds v110.
 *
 * Source: HDF5 File Format Specification, "The Datatype Message".
 *
 * @throws UnsupportedByLibraryError for variable-length strings inside a compound, arrays as
 *   elements, opaque ones, sequences of variable length and references to regions
 */
export function encodeDatatype(dtype: DType): Uint8Array {
  const { kind, itemsize } = dtype;
  const bigEndian = dtype.byteOrder === '>' ? 1 : 0;
  switch (kind) {
    case 'i':
    case 'u':
      return integer(itemsize, kind === 'i', bigEndian);
    case 'f':
      return float(itemsize, bigEndian);
    case 'b':
      return bool();
    case 'c':
      return compound(complexFields(dtype), itemsize);
    case 'V':
      if (dtype.fields === undefined) throw unsupported(dtype);
      return compound(dtype.fields, itemsize);
    case 'S':
      return header(3, 1, NULL_PADDED | (characterSet(dtype) << 4), itemsize);
    case 'O':
      if (dtype.reference === 'object') return header(7, 1, 0, itemsize);
      if (dtype.encoding === undefined) throw unsupported(dtype);
      return variableString(dtype);
  }
}

function unsupported(dtype: DType): UnsupportedByLibraryError {
  return new UnsupportedByLibraryError(`creating ${nameOf(dtype)}`);
}

function nameOf({ reference, base, shape, opaque, str }: DType): string {
  if (reference !== undefined) return 'references to regions';
  if (shape !== undefined)
    return `arrays as elements (${base!.str} of shape [${shape.join(', ')}])`;
  if (base !== undefined) return 'sequences of variable length';
  return opaque === true ? `opaque elements ('${str}')` : `elements of dtype '${str}'`;
}

/** Bytes that an element takes in a file whose addresses have 8 bytes. */
export function storedSize(dtype: DType): number {
  return isVariable(dtype) ? HEAP_REFERENCE : dtype.itemsize;
}

/** Elements are references to a heap. */
export function isVariable({ kind, reference }: DType): boolean {
  return kind === 'O' && reference === undefined;
}

/** h5py's complex numbers: a compound of `r` and `i`. */
export function complexFields(dtype: DType): DTypeField[] {
  const itemsize = dtype.itemsize / 2;
  const str = `${dtype.byteOrder}f${itemsize}`;
  const part: DType = { kind: 'f', itemsize, byteOrder: dtype.byteOrder, str };
  return [
    { name: 'r', dtype: part, offset: 0 },
    { name: 'i', dtype: part, offset: itemsize },
  ];
}

const NULL_PADDED = 1;
/** Length (4 bytes), heap address (8), index (4). */
const HEAP_REFERENCE = 16;

function header(typeClass: number, version: number, bits: number, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bits << 8, true);
  view.setUint8(0, (version << 4) | typeClass);
  view.setUint32(4, size, true);
  return bytes;
}

function integer(size: number, signed: boolean, bigEndian: number): Uint8Array {
  return join(header(0, 1, bigEndian | (signed ? 0x08 : 0), size), u16(0), u16(size * 8));
}

/** IEEE 754: exponent position and size, mantissa position and size, exponent bias, by bytes. */
const IEEE: Readonly<Record<number, readonly [number, number, number, number, number]>> = {
  2: [10, 5, 0, 10, 15],
  4: [23, 8, 0, 23, 127],
  8: [52, 11, 0, 52, 1023],
};

function float(size: number, bigEndian: number): Uint8Array {
  const format = IEEE[size];
  if (format === undefined) throw new UnsupportedByLibraryError(`floats of ${size} bytes`);
  const [exponentAt, exponentSize, mantissaAt, mantissaSize, bias] = format;
  const impliedOne = 0x20;
  const bits = bigEndian | impliedOne | ((size * 8 - 1) << 8);
  return join(
    header(1, 1, bits, size),
    u16(0),
    u16(size * 8),
    Uint8Array.of(exponentAt, exponentSize, mantissaAt, mantissaSize),
    u32(bias),
  );
}

/** h5py's bool: an enumeration over int8. */
function bool(): Uint8Array {
  const names = ['FALSE', 'TRUE'];
  return join(
    header(8, 3, names.length, 1),
    integer(1, true, 0),
    ...names.map(nulTerminated),
    Uint8Array.of(0, 1),
  );
}

function compound(fields: readonly DTypeField[], size: number): Uint8Array {
  // "The minimum number of bytes needed to store the size of the datatype".
  const offsetBytes = Math.floor(Math.log2(size) / 8) + 1;
  const members = fields.flatMap(({ name, dtype, offset }) => {
    if (isVariable(dtype)) {
      throw new UnsupportedByLibraryError(`the variable-length string '${name}' in a compound`);
    }
    return [nulTerminated(name), u32(offset).subarray(0, offsetBytes), encodeDatatype(dtype)];
  });
  return join(header(6, 3, fields.length, size), ...members);
}

function variableString(dtype: DType): Uint8Array {
  const string = 1;
  const base = integer(1, false, 0);
  return join(header(9, 1, string | (characterSet(dtype) << 8), HEAP_REFERENCE), base);
}

function characterSet(dtype: DType): number {
  return dtype.encoding === 'ascii' ? 0 : 1;
}

function nulTerminated(name: string): Uint8Array {
  return new TextEncoder().encode(`${name}\0`);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function join(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
