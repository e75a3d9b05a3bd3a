import { UnsupportedByLibraryError } from '../../errors.js';
import type { H5Memory } from '../../storage/h5-attribute-elements.js';
import type { H5Type } from '../../storage/h5.js';
import type { ArrayData } from '../array-data.js';
import { littleEndian } from '../dtype.js';
import type { DType } from '../dtype.js';
import { decodeElements } from '../element-bytes.js';
import type { Empty } from '../empty.js';
import { ndArray } from '../nd-array.js';
import type { NdArray } from '../nd-array.js';
import { Reference } from '../reference.js';
import { dtypeOfStored } from '../stored-dtype.js';

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** One element of a compound. */
export interface CompoundValue {
  readonly [field: string]: AttributeScalar;
}

/**
 * A single value: 64-bit integers are `bigint`, other numbers `number`; an element of a
 * variable-length sequence is an array.
 */
export type AttributeScalar =
  number | bigint | boolean | string | Complex | Reference | CompoundValue | NdArray<AttributeData>;

/** As `ArrayData`, and what only attributes hold: references, and sequences of variable length. */
export type AttributeData =
  | ArrayData
  | readonly Reference[]
  | readonly NdArray<AttributeData>[]
  | { readonly [field: string]: AttributeData };

/** What an attribute may hold. */
export type AttributeValue = AttributeScalar | NdArray<AttributeData> | Empty;

/** Elements as storage hands them over, as an array of them. */
export function decodeAttribute(
  type: H5Type,
  elements: Uint8Array,
  shape: readonly number[],
  memory: H5Memory,
): NdArray<AttributeData> {
  // numpy has no arrays as elements: h5py appends their shape to the array's.
  const base = type.class === 'array' ? type.base : type;
  const whole = type.class === 'array' ? [...shape, ...type.shape] : shape;
  const orders = byteOrders(type);
  // HDF5 turns big-endian elements, but not a finished enumeration.
  const turned = orders.size === 1 && orders.has('>') && type.class !== 'enumeration';
  return ndArray(decode(base, elements, turned, memory), whole, dtypeOfStored(base).str);
}

/** The only element of an array, as a single value. */
export function scalarOf({ data }: NdArray<AttributeData>, type: H5Type): AttributeScalar {
  const dtype = dtypeOfStored(type);
  return scalarAt(data, dtype);
}

function scalarAt(data: AttributeData, dtype: DType): AttributeScalar {
  if (dtype.kind === 'c') {
    const [re, im] = data as Float64Array;
    return { re: re!, im: im! };
  }
  if (dtype.fields !== undefined) {
    const columns = data as Record<string, AttributeData>;
    return Object.fromEntries(
      dtype.fields.map(({ name, dtype: field }) => [name, scalarAt(columns[name]!, field)]),
    );
  }
  const [value] = data as readonly (number | bigint | string | Reference | NdArray)[];
  return dtype.kind === 'b' ? value !== 0 : value!;
}

function decode(
  type: H5Type,
  elements: Uint8Array,
  turned: boolean,
  memory: H5Memory,
): AttributeData {
  const stored = dtypeOfStored(type);
  const dtype = turned ? littleEndian(stored) : stored;
  switch (type.class) {
    case 'compound':
      if (dtype.kind === 'c') return decodeElements(elements, dtype);
      return Object.fromEntries(
        type.members.map(({ name, offset, type: member }): [string, AttributeData] => [
          name,
          decode(member, column(elements, type.size, offset, sizeOf(member)), turned, memory),
        ]),
      );
    case 'string':
      return split(elements, type.size).map((text) => fixedText(text, type.padding));
    case 'variable-length string':
      return split(elements, 4).map((pointer) => memory.text(u32(pointer, 0)));
    case 'variable-length':
      return split(elements, 8).map((sequence) => {
        const count = u32(sequence, 0);
        const bytes = memory.bytes(u32(sequence, 4), count * sizeOf(type.base));
        const data = decode(type.base, bytes, turned, memory);
        return ndArray(data, [count], dtypeOfStored(type.base).str);
      });
    case 'reference':
      return split(elements, type.size).map((bytes) => new Reference(type.kind, bytes));
    case 'array':
    case 'opaque':
    case 'bit field':
    case 'time':
    case 'other':
      throw new UnsupportedByLibraryError(`reading elements of the class '${type.class}'`);
    case 'float':
      if (type.size > 8) throw new UnsupportedByLibraryError(`floats of ${type.size} bytes`);
      return decodeElements(elements, dtype);
    default:
      return decodeElements(elements, dtype);
  }
}

function byteOrders(type: H5Type): Set<'<' | '>'> {
  switch (type.class) {
    case 'integer':
    case 'float':
      return new Set([type.littleEndian ? '<' : '>']);
    case 'enumeration':
      return byteOrders(type.base);
    case 'array':
    case 'variable-length':
      return byteOrders(type.base);
    case 'compound':
      return new Set(type.members.flatMap((member) => [...byteOrders(member.type)]));
    default:
      return new Set();
  }
}

/** Bytes in HDF5's memory, whose pointers have 4. */
function sizeOf(type: H5Type): number {
  switch (type.class) {
    case 'variable-length string':
      return 4;
    case 'variable-length':
      return 8;
    case 'enumeration':
      return type.base.size;
    default:
      return type.size;
  }
}

/** As HDF5 converts text to numpy's, which is padded by zeros. */
function fixedText(bytes: Uint8Array, padding: string): string {
  let end = padding === 'nul-terminated' ? bytes.indexOf(0) : bytes.length;
  if (end < 0) end = bytes.length;
  const pad = padding === 'space-padded' ? 0x20 : 0;
  while (end > 0 && bytes[end - 1] === pad) end--;
  return new TextDecoder().decode(bytes.subarray(0, end));
}

function column(elements: Uint8Array, stride: number, offset: number, size: number): Uint8Array {
  const count = elements.length / stride;
  const bytes = new Uint8Array(count * size);
  for (let element = 0; element < count; element++) {
    const at = element * stride + offset;
    bytes.set(elements.subarray(at, at + size), element * size);
  }
  return bytes;
}

function split(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, element) =>
    bytes.slice(element * size, (element + 1) * size),
  );
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}
