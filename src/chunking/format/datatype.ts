import type { ElementType } from '../dataset-layout.js';
import type { Cursor } from './cursor.js';

const CLASS_NAMES = [
  'integers',
  'floating-point numbers',
  'times',
  'strings',
  'bit fields',
  'opaque values',
  'compound values',
  'references',
  'enumerations',
  'variable-length values',
  'arrays as elements',
  'complex numbers',
] as const;

const INTEGER = 0;
const FLOAT = 1;
const ENUM = 8;

/**
 * Reads a datatype: integers, IEEE 754 floats, and enumerations, which read as their base integer
 * (so does h5py's bool).
 *
 * Source: HDF5 File Format Specification, "The Datatype Message".
 *
 * @throws UnsupportedLayoutError naming any other type.
 */
export function parseDatatype(cursor: Cursor): ElementType {
  const first = cursor.u8();
  const typeClass = first & 0x0f;
  const version = first >> 4;
  if (version < 1 || version > 5) {
    throw cursor.fail(`Expected datatype version 1 to 5, got ${version}`);
  }
  const name = CLASS_NAMES[typeClass];
  if (name === undefined) throw cursor.fail(`Expected datatype class 0 to 11, got ${typeClass}`);
  const bits = cursor.unsigned(3);
  const size = cursor.u32();
  switch (typeClass) {
    case INTEGER:
      return integer(cursor, bits, size);
    case FLOAT:
      return float(cursor, bits, size);
    case ENUM:
      return enumeration(cursor, size);
    default:
      throw cursor.unsupported(name);
  }
}

function integer(cursor: Cursor, bits: number, size: number): ElementType {
  if (![1, 2, 4, 8].includes(size)) throw cursor.unsupported(`integers of ${size} bytes`);
  expectWholeBytes(cursor, size, 'integers');
  return { kind: (bits & 0x08) !== 0 ? 'i' : 'u', size, littleEndian: (bits & 0x01) === 0 };
}

/** Exponent position and size, mantissa position and size, exponent bias, by bytes. */
const IEEE: Readonly<Record<number, readonly number[]>> = {
  2: [10, 5, 0, 10, 15],
  4: [23, 8, 0, 23, 127],
  8: [52, 11, 0, 52, 1023],
};

function float(cursor: Cursor, bits: number, size: number): ElementType {
  const expected = IEEE[size];
  if (expected === undefined) throw cursor.unsupported(`floats of ${size} bytes`);
  if ((bits & 0x41) === 0x41) throw cursor.unsupported('VAX floats');
  expectWholeBytes(cursor, size, 'floats');
  const found = [cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8(), cursor.u32()];
  const impliedOne = ((bits >> 4) & 0x03) === 2;
  const signPosition = (bits >> 8) & 0xff;
  if (!impliedOne || signPosition !== size * 8 - 1 || found.some((n, i) => n !== expected[i])) {
    throw cursor.unsupported(`floats of ${size} bytes that are not IEEE 754`);
  }
  return { kind: 'f', size, littleEndian: (bits & 0x01) === 0 };
}

function enumeration(cursor: Cursor, size: number): ElementType {
  const base = parseEnumBase(cursor);
  if (base.size !== size) {
    throw cursor.fail(`Expected an enumeration of ${size} bytes, got a base of ${base.size}`);
  }
  return base;
}

function parseEnumBase(cursor: Cursor): ElementType {
  const first = cursor.u8();
  if ((first & 0x0f) !== INTEGER) throw cursor.fail('Expected an enumeration of integers');
  const bits = cursor.unsigned(3);
  return integer(cursor, bits, cursor.u32());
}

function expectWholeBytes(cursor: Cursor, size: number, name: string): void {
  const offset = cursor.u16();
  const precision = cursor.u16();
  if (offset !== 0 || precision !== size * 8) {
    throw cursor.unsupported(`${name} that use ${precision} of ${size * 8} bits`);
  }
}
