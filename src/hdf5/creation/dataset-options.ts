import { InvalidOptionError, locate, UnsupportedByLibraryError } from '../../errors.js';
import type { ArrayData } from '../array-data.js';
import { describeValue, listText } from '../describe-value.js';
import { littleEndian, REFERENCE } from '../dtype.js';
import type { DType } from '../dtype.js';
import { parseDType } from '../dtype-name.js';
import { encodeElements } from '../element-bytes.js';
import { Empty } from '../empty.js';
import { requireNoNul } from '../../storage/h5.js';
import { guessChunk } from '../guess-chunk.js';
import { array } from '../nd-array.js';
import type { ArrayInput, NdArray, ShapedInput } from '../nd-array.js';
import { Reference } from '../reference.js';
import { shapeText } from '../repr.js';
import type { Scalar } from '../values.js';
import type { DatasetToCreate } from './create-dataset.js';
import { isVariable } from './datatype-message.js';
import { sizeOf } from '../shape.js';

/** What `createDataset` takes: h5py's keywords, underscores turned to camel case. */
export interface CreateDatasetOptions<Name extends string = string> {
  /** A number stands for one axis. Left out: the data's. */
  readonly shape?: number | readonly number[];
  /** A name such as `'float16'`, `'>i4'`, `'S10'`, `'str'`. Left out: the data's, else `'f4'`. */
  readonly dtype?: Name | DType;
  /** Left out: the dataset is created without its elements, which read as the fill value. */
  readonly data?: ArrayInput | Empty;
  /**
   * Chunk shape; `true`: h5py's guess. Left out: guessed where filters or `maxshape` need chunks,
   * else the dataset is contiguous.
   */
  readonly chunks?: boolean | number | readonly number[];
  /** Up to which the dataset can be resized: `null` is without limit; `true`: all axes are. */
  readonly maxshape?: true | number | readonly (number | null)[];
  /** `'gzip'`, or its level. */
  readonly compression?: 'gzip' | number;
  /** Level 0–9 of gzip; default 4. */
  readonly compressionOpts?: number;
  /** Bytes of elements are reordered, so that numbers compress better. */
  readonly shuffle?: boolean;
  /** A checksum for each chunk. */
  readonly fletcher32?: boolean;
  /**
   * What elements hold that were never written; default 0. A complex number or a compound is an
   * array of shape `[]`: `{ data: Float32Array.of(1, 2), shape: [] }`.
   */
  readonly fillvalue?: Scalar | ShapedInput;
}

/** A dataset to create, checked, and its elements, if any. */
export interface PlannedDataset {
  readonly create: DatasetToCreate;
  readonly data: ArrayData | null;
}

const known: Readonly<Record<keyof CreateDatasetOptions, true>> = {
  shape: true,
  dtype: true,
  data: true,
  chunks: true,
  maxshape: true,
  compression: true,
  compressionOpts: true,
  shuffle: true,
  fletcher32: true,
  fillvalue: true,
};

/**
 * Checks the options with h5py's rules (`make_new_dset` and `fill_dcpl` of its source) before
 * anything is created.
 *
 * @throws InvalidOptionError naming the option, what was expected and what came
 */
export function planDataset(path: string, options: CreateDatasetOptions): PlannedDataset {
  const fail: Fail = (message, advice) =>
    new InvalidOptionError(message, {
      place: { dataset: path },
      ...(advice === undefined ? {} : { advice }),
    });
  if (!isRecord(options)) {
    throw fail(
      `Expected the options of the dataset, got ${show(options)}`,
      'Give { data } or { shape, dtype }',
    );
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) {
      throw fail(`Unknown option '${name}'`, `There are: ${Object.keys(known).join(', ')}`);
    }
  }
  const { dtype, shape, data } = locate({ dataset: path }, () => contentOf(options, fail));
  if (shape !== null && shape.length > MAX_RANK) {
    throw fail(`A dataset has at most ${MAX_RANK} axes, got ${shape.length}`);
  }
  if (data !== null) requireStorable(path, data, dtype);
  const filters = filtersOf(options, fail, path);
  const extent = shape === null || shape.length === 0 ? {} : extentOf(options, shape, dtype, fail);
  if (shape === null || shape.length === 0) {
    refuseForScalar(options, shape === null ? 'Empty' : 'Scalar', fail);
  }
  const fillValue = locate({ dataset: path }, () => fillBytes(options.fillvalue, dtype, fail));
  return {
    create: { dtype, shape, ...extent, ...filters, ...(fillValue === null ? {} : { fillValue }) },
    data,
  };
}

type Fail = (message: string, advice?: string) => InvalidOptionError;

function contentOf(
  options: CreateDatasetOptions,
  fail: Fail,
): { dtype: DType; shape: readonly number[] | null; data: ArrayData | null } {
  const { data } = options;
  const named = options.dtype === undefined ? undefined : parseDType(options.dtype);
  const shape = options.shape === undefined ? undefined : shapeOf(options.shape, fail);
  if (data instanceof Empty) {
    if (shape !== undefined) throw fail('Shape tuple is incompatible with data (Empty has none)');
    return { dtype: named ?? data.dtype, shape: null, data: null };
  }
  if (data === undefined) {
    if (shape !== undefined) return { dtype: named ?? parseDType('f4'), shape, data: null };
    if (named === undefined) throw fail('One of data, shape or dtype must be specified');
    return { dtype: named, shape: null, data: null };
  }
  const elements = array(data, named);
  const dtype = named ?? dtypeOf(elements);
  if (shape !== undefined && sizeOf(shape) !== sizeOf(elements.shape)) {
    throw fail(
      `Shape tuple is incompatible with data: ${shapeText(shape)} for data of shape ${shapeText(elements.shape)}`,
    );
  }
  return { dtype, shape: shape ?? elements.shape, data: elements.data };
}

/** References have the name of all that numpy has no type for. */
function dtypeOf({ data, dtype }: NdArray): DType {
  return Array.isArray(data) && data[0] instanceof Reference ? REFERENCE : parseDType(dtype);
}

/** Found out before the dataset is there. */
function requireStorable(path: string, data: ArrayData, dtype: DType): void {
  if (isVariable(dtype)) requireNoNul(data as string[], path);
  else if (dtype.kind === 'S' || dtype.kind === 'V') {
    locate({ dataset: path }, () => encodeElements(data, dtype));
  }
}

function shapeOf(shape: unknown, fail: Fail): readonly number[] {
  const list = typeof shape === 'number' ? [shape] : shape;
  if (!isLengths(list)) {
    throw fail(`Option 'shape' must be a whole number or a list of them, got ${show(shape)}`);
  }
  return list;
}

function extentOf(
  options: CreateDatasetOptions,
  shape: readonly number[],
  dtype: DType,
  fail: Fail,
): Pick<DatasetToCreate, 'maxShape' | 'chunkShape'> {
  const maxShape = maxShapeOf(options.maxshape, shape, fail);
  const chunkShape = chunksOf(options, shape, maxShape, dtype, fail);
  if (chunkShape === undefined && sizeOf(shape) * dtype.itemsize >= 2 ** 64) {
    throw fail(`The shape ${shapeText(shape)} is too large for a dataset without chunks`);
  }
  return {
    ...(maxShape === undefined ? {} : { maxShape }),
    ...(chunkShape === undefined ? {} : { chunkShape }),
  };
}

function maxShapeOf(
  given: CreateDatasetOptions['maxshape'],
  shape: readonly number[],
  fail: Fail,
): readonly (number | null)[] | undefined {
  if (given === undefined) return undefined;
  if (given === true) return shape.map(() => null);
  const list: unknown = typeof given === 'number' ? [given] : given;
  if (!Array.isArray(list) || !isLengths(list.filter((length) => length !== null))) {
    throw fail(
      `Option 'maxshape' must be true, or a list of whole numbers and null, got ${show(given)}`,
    );
  }
  const maxShape = list as (number | null)[];
  if (maxShape.length !== shape.length) {
    throw fail(
      `'maxshape' must have same rank as dataset shape: ${shapeText(maxShape)} for ${shapeText(shape)}`,
    );
  }
  if (shape.some((length, axis) => length > (maxShape[axis] ?? Infinity))) {
    throw fail(`'maxshape' ${shapeText(maxShape)} is smaller than the shape ${shapeText(shape)}`);
  }
  return maxShape;
}

function chunksOf(
  options: CreateDatasetOptions,
  shape: readonly number[],
  maxShape: readonly (number | null)[] | undefined,
  dtype: DType,
  fail: Fail,
): readonly number[] | undefined {
  const { chunks } = options;
  const needed = maxShape !== undefined || hasFilters(options);
  if (chunks === undefined || typeof chunks === 'boolean') {
    if (chunks === false && needed) {
      throw fail('Chunked format required for given storage options', "Leave out 'chunks: false'");
    }
    if (chunks !== true && !needed) return undefined;
    // As h5py, which guesses for 1024 elements where an axis can grow without limit from 0.
    return guessChunk(shape, dtype.itemsize);
  }
  const list = typeof chunks === 'number' ? [chunks] : chunks;
  if (!isLengths(list) || list.some((length) => length === 0)) {
    throw fail(
      `Option 'chunks' must be true, false, or a list of whole numbers from 1 on, got ${show(chunks)}`,
    );
  }
  if (list.length !== shape.length) {
    throw fail(
      `'chunks' must have same rank as dataset shape: ${shapeText(list)} for ${shapeText(shape)}`,
    );
  }
  const limit = maxShape ?? shape;
  if (list.some((length, axis) => length > (limit[axis] ?? Infinity))) {
    throw fail(
      'Chunk shape must not be greater than data shape in any dimension. ' +
        `${shapeText(list)} is not compatible with ${shapeText(shape)}`,
    );
  }
  const bytes = sizeOf(list) * dtype.itemsize;
  if (bytes > LARGEST_CHUNK) {
    throw fail(`A chunk has at most ${LARGEST_CHUNK} bytes, got ${bytes} for ${shapeText(list)}`);
  }
  return list;
}

/** HDF5's limit of what a chunk's size is stored in. */
const LARGEST_CHUNK = 2 ** 32 - 1;

/** HDF5's `H5S_MAX_RANK`. */
const MAX_RANK = 32;

function hasFilters({ compression, shuffle, fletcher32 }: CreateDatasetOptions): boolean {
  return compression !== undefined || shuffle === true || fletcher32 === true;
}

function filtersOf(
  options: CreateDatasetOptions,
  fail: Fail,
  path: string,
): Pick<DatasetToCreate, 'gzip' | 'shuffle' | 'fletcher32'> {
  const { shuffle = false, fletcher32 = false } = options;
  for (const [name, value] of Object.entries({ shuffle, fletcher32 })) {
    if (typeof value !== 'boolean') throw fail(`Option '${name}' must be true or false`);
  }
  const gzip = gzipLevel(options, fail, path);
  return {
    ...(gzip === undefined ? {} : { gzip }),
    ...(shuffle ? { shuffle } : {}),
    ...(fletcher32 ? { fletcher32 } : {}),
  };
}

/** Filters that HDF5 or h5py have and h5wasm can't write. */
const elsewhere: readonly unknown[] = ['lzf', 'szip'];

function gzipLevel(options: CreateDatasetOptions, fail: Fail, path: string): number | undefined {
  const { compressionOpts } = options;
  const compression: unknown = options.compression;
  if (compression === undefined) {
    if (compressionOpts !== undefined) throw fail('Compression method must be specified');
    return undefined;
  }
  if (typeof compression === 'number' && compressionOpts !== undefined) {
    throw fail("Conflict in compression options: 'compression' gives the level already");
  }
  if (elsewhere.includes(compression)) {
    throw new UnsupportedByLibraryError(`compression ${show(compression)}`, {
      place: { dataset: path },
      advice: "Use 'gzip'",
    });
  }
  if (compression !== 'gzip' && typeof compression !== 'number') {
    throw fail(`Compression filter "${show(compression)}" is unavailable`, "Use 'gzip'");
  }
  const level: unknown = compression === 'gzip' ? (compressionOpts ?? 4) : compression;
  if (typeof level !== 'number' || !Number.isInteger(level) || level < 0 || level > 9) {
    throw fail(`GZIP setting must be an integer from 0-9, not ${show(level)}`);
  }
  return level;
}

function refuseForScalar(
  options: CreateDatasetOptions,
  what: 'Empty' | 'Scalar',
  fail: Fail,
): void {
  const { chunks, maxshape } = options;
  if (hasFilters(options) || (chunks !== undefined && chunks !== false)) {
    throw fail(`${what} datasets don't support chunk/filter options`);
  }
  if (maxshape !== undefined && !(Array.isArray(maxshape) && maxshape.length === 0)) {
    throw fail(`${what} datasets cannot be extended`);
  }
}

function fillBytes(
  fillvalue: Scalar | ShapedInput | undefined,
  dtype: DType,
  fail: Fail,
): Uint8Array | null {
  if (fillvalue === undefined) return null;
  if (isRecord(fillvalue) && !isSingle(fillvalue)) {
    throw fail(
      `Option 'fillvalue' must be a single value, got ${show(fillvalue)}`,
      'A complex number or a compound is given as { data, shape: [] }',
    );
  }
  if (isVariable(dtype)) return new Uint8Array(); // refused where it is created, with its reason
  const stored = littleEndian(dtype);
  return encodeElements(array(fillvalue, stored).data, stored);
}

/** Callers without types may give anything. */
function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isSingle(value: unknown): boolean {
  const { shape } = value as Partial<Record<string, unknown>>;
  return Array.isArray(shape) && shape.length === 0;
}

function isLengths(list: unknown): list is readonly number[] {
  return (
    Array.isArray(list) &&
    list.every((length) => Number.isSafeInteger(length) && Number(length) >= 0)
  );
}

function show(value: unknown): string {
  return Array.isArray(value) ? listText(value) : describeValue(value);
}
