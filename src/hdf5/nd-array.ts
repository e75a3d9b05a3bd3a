import { rowMajorStrides } from '../chunking/chunk-grid.js';
import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import { allocate, entriesPerElement } from './array-data.js';
import type { ArrayData } from './array-data.js';
import { cast } from './cast.js';
import { compoundArray } from './compound-input.js';
import { copyStrided } from './copy-strided.js';
import { describeValue } from './describe-value.js';
import { REFERENCE } from './dtype.js';
import type { DType } from './dtype.js';
import { parseDType } from './dtype-name.js';
import { listElements } from './element-input.js';
import { decodeFloat16 } from './float16.js';
import { flattenNested } from './nested.js';
import type { Nested } from './nested.js';
import { Reference } from './reference.js';
import { shapeText } from './repr.js';
import { dtypeOfTypedArray, fromValues, inferDType, isTypedArray } from './values.js';
import type { Scalar } from './values.js';
import { sizeOf } from './shape.js';

/** An array in memory, row-major: what reading gives, as zarrita and ndarray users have it. */
export interface NdArray<Data = ArrayData, Name extends string = string> {
  readonly data: Data;
  readonly shape: readonly number[];
  /** Elements from one to the next along each axis. */
  readonly stride: readonly number[];
  /** As numpy's `dtype.str`; `<f2` of float16, though `data` is a `Float32Array`. */
  readonly dtype: Name;
}

/** What can be written: a scalar, nested arrays of scalars, a typed array, or an array with shape. */
export type ArrayInput = Nested | ShapedInput;

/** An array with its shape, as zarrita, ndarray and this library have it. */
export interface ShapedInput {
  readonly data: ArrayData | readonly Scalar[];
  readonly shape: readonly number[];
  /** In elements; left out: row-major. */
  readonly stride?: readonly number[];
  /** Left out: by the data. A `Uint16Array` given as `float16` holds raw bits. */
  readonly dtype?: string;
}

/**
 * Makes an array of what the user gave, as numpy's `array`. Without a dtype, typed arrays keep
 * theirs, and plain values get numpy's:
 *
 * - integers `int64` (in a `BigInt64Array`), and **also `[1.0, 2.0]`**, which JavaScript can't
 *   tell from `[1, 2]`: name the dtype where fractions are to follow;
 * - any other number makes all `float64`; `bigint`s `int64`, or `uint64` where they need it;
 * - booleans `bool`, strings `str`; nothing at all `float64`.
 *
 * @param dtype converts to it: see {@link cast}
 * @throws InvalidOptionError for ragged nesting, mixed text and numbers, a shape that isn't the
 *   data's, naming the place
 *
 * @example
 * array([[1, 2], [3, 4.5]])        // shape [2, 2], dtype '<f8'
 * array([1, 2, 3], 'float16')      // Float32Array, dtype '<f2'
 */
export function array(input: ArrayInput, dtype?: string | DType): NdArray {
  const target = dtype === undefined ? undefined : parseDType(dtype);
  if (target?.fields !== undefined) return compoundArray(input, target);
  const listed = target === undefined ? null : listElements(input, target);
  if (listed !== null) return listed;
  if (isShaped(input)) return convert(shapedArray(input, target), target);
  if (isTypedArray(input)) {
    return convert(
      { data: plainView(input), shape: [input.length], own: dtypeOfTypedArray(input) },
      target,
    );
  }
  const { values, shape, rowType } = flattenNested(input);
  const own = target ?? rowType ?? inferDType(values, shape);
  return ndArray(fromValues(values, shape, own), shape, own.str);
}

/** Wraps row-major data. */
export function ndArray<Data, Name extends string>(
  data: Data,
  shape: readonly number[],
  dtype: Name,
): NdArray<Data, Name> {
  return { data, shape, stride: rowMajorStrides(shape), dtype };
}

/**
 * A mask: which elements of an array fulfil a condition. It selects them in a dataset of the same
 * shape; TypeScript has no `dataset > 5`.
 *
 * @example
 * const values = dataset.get();
 * dataset.get(mask(values, (value) => value > 5));
 */
export function mask<Value>(
  values: { readonly data: ArrayLike<Value>; readonly shape: readonly number[] },
  condition: (value: Value, element: number) => boolean,
): NdArray<Uint8Array<ArrayBuffer>, '|b1'> {
  const { data, shape } = values;
  const chosen = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at++) if (condition(data[at]!, at)) chosen[at] = 1;
  return ndArray(chosen, shape, '|b1');
}

interface Typed {
  readonly data: ArrayData;
  readonly shape: readonly number[];
  readonly own: DType;
}

function convert({ data, shape, own }: Typed, target: DType | undefined): NdArray {
  if (target === undefined) return ndArray(data, shape, own.str);
  return ndArray(cast(data, own, target), shape, target.str);
}

function isShaped(input: ArrayInput): input is ShapedInput {
  return isRecord(input) && 'shape' in input && 'data' in input;
}

/** Callers without types may give anything. */
function isRecord(input: unknown): input is object {
  return typeof input === 'object' && input !== null;
}

function shapedArray(input: ShapedInput, target: DType | undefined): Typed {
  const { shape } = input;
  checkShape(shape);
  const data = input.data;
  if (!isTypedArray(data) && !Array.isArray(data)) {
    throw new InvalidOptionError(
      'The data of an array must be a typed array or an array of values',
    );
  }
  const named = dtypeNamed(input);
  const flat = data as TypedArray | readonly Scalar[];
  // No values at all have no type of their own.
  const wanted = flat.length === 0 && !isTypedArray(flat) ? (target ?? named) : named;
  const own = wanted ?? (isTypedArray(flat) ? dtypeOfTypedArray(flat) : inferDType(flat, shape));
  const typed = elementsOf(flat, own);
  const entries = entriesPerElement(own);
  const size = shape.reduce((total, length) => total * length, entries);
  const { stride } = input;
  if (stride !== undefined && !isRowMajor(stride, shape)) {
    return { data: gather(typed, shape, stride, own), shape, own };
  }
  if (typed.length !== size) {
    throw new InvalidOptionError(
      `Shape ${shapeText(shape)} of ${own.str} needs ${size} entries of data, got ${typed.length}`,
    );
  }
  return { data: typed, shape, own };
}

/** References have the name of all that numpy has no type for. */
function dtypeNamed({ data, dtype }: ShapedInput): DType | undefined {
  if (Array.isArray(data) && data[0] instanceof Reference) return REFERENCE;
  return dtype === undefined ? undefined : parseDType(dtype);
}

function checkShape(shape: unknown): void {
  const isLength = (length: unknown): boolean =>
    Number.isSafeInteger(length) && Number(length) >= 0;
  if (!Array.isArray(shape) || !shape.every(isLength)) {
    throw new InvalidOptionError(
      `The shape of an array must be a list of whole numbers from 0 on, got ${describeValue(shape)}`,
    );
  }
}

function elementsOf(
  data: TypedArray | readonly Scalar[],
  own: DType,
): TypedArray | string[] | Reference[] {
  if (!isTypedArray(data)) {
    const parts = own.kind === 'c' ? parseDType(`f${own.itemsize / 2}`) : own;
    return fromValues(data, [data.length], parts);
  }
  if (own.str.endsWith('f2') && data instanceof Uint16Array) return decodeFloat16(data);
  const isList = own.kind === 'S' || own.kind === 'O';
  const expected = isList ? [] : allocate(own, 0);
  if (expected.constructor.name !== plainView(data).constructor.name) {
    throw new InvalidOptionError(
      `Data of dtype '${own.str}' is expected in ${isList ? 'string[]' : expected.constructor.name}, ` +
        `got ${data.constructor.name}`,
      { advice: 'Leave out `dtype` to have the data converted from its own type' },
    );
  }
  return plainView(data);
}

/** Node's Buffer and Uint8ClampedArray as the `Uint8Array` that they are. */
function plainView(data: TypedArray): TypedArray {
  if (dtypeOfTypedArray(data).str !== '|u1' || data.constructor === Uint8Array) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

function isRowMajor(stride: readonly number[], shape: readonly number[]): boolean {
  const steps = rowMajorStrides(shape);
  return (
    stride.length === steps.length &&
    steps.every((step, axis) => shape[axis] === 1 || step === stride[axis])
  );
}

function gather(
  data: TypedArray | string[] | Reference[],
  shape: readonly number[],
  stride: readonly number[],
  own: DType,
): TypedArray | string[] | Reference[] {
  const entries = entriesPerElement(own);
  const extent = [...shape, entries];
  const last = shape.reduce(
    (sum, length, axis) => sum + Math.max(0, length - 1) * stride[axis]!,
    0,
  );
  const inside = stride.length === shape.length && stride.every((step) => step >= 0);
  if (!inside || (!shape.includes(0) && (last + 1) * entries > data.length)) {
    throw new InvalidOptionError(
      `Stride ${shapeText(stride)} of shape ${shapeText(shape)} reaches outside its data (${data.length} entries)`,
    );
  }
  const size = sizeOf(shape);
  const result = Array.isArray(data)
    ? (new Array(size) as string[] | Reference[])
    : allocate(own, size);
  const strides = [...stride.map((step) => step * entries), 1];
  copyStrided(
    extent,
    { data, offset: 0, strides },
    { data: result, offset: 0, strides: rowMajorStrides(extent) },
  );
  return result;
}
