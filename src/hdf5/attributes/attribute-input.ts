import { InvalidOptionError, UnsupportedByLibraryError } from '../../errors.js';
import type { TypedArray } from '../../chunking/typed-array.js';
import type { ArrayData } from '../array-data.js';
import { cast } from '../cast.js';
import { compoundArray } from '../compound-input.js';
import { describeValue } from '../describe-value.js';
import { parseDType } from '../dtype-name.js';
import type { DType } from '../dtype.js';
import { numericDType } from '../dtype.js';
import { Empty } from '../empty.js';
import { array } from '../nd-array.js';
import type { ArrayInput } from '../nd-array.js';
import { Reference } from '../reference.js';
import { shapeText } from '../repr.js';
import type { Complex } from './attribute-value.js';
import { sizeOf } from '../shape.js';

/** What an attribute can be set to; everything that `get` returns, but for what only h5py makes. */
export type AttributeInput =
  | ArrayInput
  | Empty
  | Complex
  | Reference
  | readonly Reference[]
  | { readonly data: readonly Reference[]; readonly shape: readonly number[] }
  /** With a compound dtype: a value or an array of values for each field. */
  | Readonly<Record<string, unknown>>;

export interface AttributeOptions {
  /** Instead of the data's, with as many elements; a number stands for one axis. */
  readonly shape?: number | readonly number[];
  /** Instead of the data's. */
  readonly dtype?: string | DType;
}

/** An attribute to be written. */
export type PlannedAttribute =
  | { readonly kind: 'empty'; readonly dtype: DType }
  | {
      readonly kind: 'elements';
      readonly dtype: DType;
      readonly shape: readonly number[];
      readonly data: ArrayData;
    }
  | {
      readonly kind: 'references';
      readonly shape: readonly number[];
      readonly references: readonly Reference[];
    };

/** @throws InvalidOptionError for values that no attribute can hold, or that don't fit the shape */
export function planAttribute(
  value: unknown,
  { shape, dtype: named }: AttributeOptions = {},
): PlannedAttribute {
  const dtype = named === undefined ? undefined : parseDType(named);
  if (dtype !== undefined) requireStorable(dtype);
  if (value === null || value === undefined) {
    throw new InvalidOptionError(`Expected a value for the attribute, got ${String(value)}`, {
      advice: "For no value there is new Empty('float64')",
    });
  }
  if (value instanceof Empty) {
    if (shape !== undefined) {
      throw new InvalidOptionError('Shape of new attribute conflicts with Empty, which has none');
    }
    requireStorable(value.dtype);
    return { kind: 'empty', dtype: dtype ?? value.dtype };
  }
  const planned = referencesOf(value) ?? elementsOf(value, dtype);
  if (planned.kind === 'references' && dtype !== undefined) {
    throw new InvalidOptionError(`No conversion path from references to dtype '${dtype.str}'`);
  }
  return shape === undefined ? planned : { ...planned, shape: otherShape(shape, planned.shape) };
}

function elementsOf(
  value: unknown,
  dtype: DType | undefined,
): Extract<PlannedAttribute, { kind: 'elements' }> {
  const { data, shape, dtype: str } = arrayOf(value, dtype);
  return { kind: 'elements', dtype: dtype ?? parseDType(str), shape, data };
}

function arrayOf(value: unknown, dtype: DType | undefined): ReturnType<typeof array> {
  if (isComplex(value) && dtype?.fields === undefined) {
    const complex = numericDType('c', 16);
    const parts = cast(Float64Array.of(value.re, value.im), complex, dtype ?? complex);
    return array({ data: parts as TypedArray, shape: [], dtype: (dtype ?? complex).str });
  }
  if (dtype?.fields !== undefined) {
    return compoundArray(isShaped(value) ? value : singleElement(value), dtype);
  }
  return array(value as ArrayInput, dtype);
}

/** One element of a compound, as a compound of one. */
function singleElement(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const columns = Object.entries(value).map(([name, field]: [string, unknown]) => {
    if (isComplex(field)) return [name, Float64Array.of(field.re, field.im)];
    const nested = singleElement(field) as { data?: unknown };
    return [name, typeof field === 'object' ? nested.data : [field]];
  });
  return { data: Object.fromEntries(columns) as unknown, shape: [] };
}

function referencesOf(value: unknown): Extract<PlannedAttribute, { kind: 'references' }> | null {
  if (value instanceof Reference) return { kind: 'references', shape: [], references: [value] };
  const shaped = isShaped(value);
  const list: unknown = shaped ? value.data : value;
  if (!Array.isArray(list) || !(list[0] instanceof Reference)) return null;
  const other: unknown = list.find((item) => !(item instanceof Reference));
  if (other !== undefined) {
    throw new InvalidOptionError(`Expected a list of references, got ${describeValue(other)} too`);
  }
  const references = list as Reference[];
  const shape = shaped ? value.shape : [references.length];
  return { kind: 'references', shape: otherShape(shape, [references.length]), references };
}

/** h5py's rule: as many elements. */
function otherShape(wanted: number | readonly number[], own: readonly number[]): readonly number[] {
  const shape = typeof wanted === 'number' ? [wanted] : wanted;
  const isLength = (length: unknown): boolean =>
    Number.isSafeInteger(length) && Number(length) >= 0;
  if (!Array.isArray(shape) || !shape.every(isLength) || sizeOf(shape) !== sizeOf(own)) {
    throw new InvalidOptionError(
      `Shape of new attribute conflicts with shape of data: ${describeValue(wanted)} and ${shapeText(own)}`,
    );
  }
  return shape as readonly number[];
}

/** numpy has no type of its own for some, so they have no name by which to ask for them. */
function requireStorable(dtype: DType): void {
  if (dtype.kind === 'O' && dtype.encoding === undefined) {
    throw new UnsupportedByLibraryError('creating attributes of sequences or of no type');
  }
  if (dtype.kind === 'V' && dtype.fields === undefined) {
    throw new UnsupportedByLibraryError(`creating attributes of dtype '${dtype.str}'`);
  }
}

function isComplex(value: unknown): value is Complex {
  if (typeof value !== 'object' || value === null) return false;
  const { re, im } = value as Record<string, unknown>;
  return typeof re === 'number' && typeof im === 'number' && Object.keys(value).length === 2;
}

function isShaped(value: unknown): value is { data: unknown; shape: readonly number[] } {
  if (typeof value !== 'object' || value === null) return false;
  return 'data' in value && Array.isArray((value as { shape?: unknown }).shape);
}
