import { InvalidOptionError, locate } from '../errors.js';
import type { ErrorPlace } from '../errors.js';
import type { DatasetInfo } from '../storage/h5.js';
import { AsTypeView } from './astype-view.js';
import type { ArrayOf } from './array-data.js';
import { broadcastElements } from './broadcast.js';
import { refusePrimitive } from './comparison-error.js';
import { iterChunks } from './iter-chunks.js';
import { datasetHandle, readBytes, readSelection, writeSelection } from './dataset-io.js';
import type { DatasetHandle } from './dataset-io.js';
import { Dimensions, isScale, makeScale } from './dimensions.js';
import { describeValue } from './describe-value.js';
import type { DType } from './dtype.js';
import { parseDType } from './dtype-name.js';
import { decodeFloat16Bits } from './element-bytes.js';
import { readFillValue } from './fill-value.js';
import type { FillValue } from './fill-value.js';
import { Hdf5Object } from './hdf5-object.js';
import { array, ndArray } from './nd-array.js';
import type { ArrayInput, NdArray } from './nd-array.js';
import { readDirect } from './read-direct.js';
import type { DirectOutput } from './read-direct.js';
import { datasetRepr } from './repr.js';
import { resizeDataset } from './resize-dataset.js';
import { resolveSelection } from './resolve-selection.js';
import type { ResolvedSelection } from './resolve-selection.js';
import { ELLIPSIS } from './selection.js';
import type { Selection, Slice } from './selection.js';
import { dtypeOfStored, transferredDType } from './stored-dtype.js';
import { sizeOf } from './shape.js';

/**
 * An array in a file: h5py's `Dataset`. Its elements stay on disk until they are asked for.
 *
 * @typeParam Name dtype of its elements, where it is known: decides which arrays `get` gives
 */
export class Dataset<Name extends string = string> extends Hdf5Object {
  /** `null`: it has no elements at all (h5py's `Empty`); `[]`: it is a single value. */
  get shape(): readonly number[] | null {
    return this.#info.shape;
  }

  /** As numpy's `dtype.str`: `<f8`, `|u1`, `|b1`. */
  get dtype(): string {
    return this.elementType.str;
  }

  /** All that is known of its type: fields of a compound, encoding of strings. */
  get elementType(): DType {
    return dtypeOfStored(this.#info.type);
  }

  get ndim(): number {
    return this.shape?.length ?? 0;
  }

  /** Elements in all; `null` where there are none at all (`shape` is `null`). */
  get size(): number | null {
    return this.shape === null ? null : sizeOf(this.shape);
  }

  /** Bytes of all elements, uncompressed. */
  get nbytes(): number {
    return (this.size ?? 0) * this.elementType.itemsize;
  }

  /** Length of the first axis: h5py's `len(dataset)`. */
  get length(): number {
    const [length] = this.shape ?? [];
    if (length !== undefined) return length;
    throw this.#invalid('Attempt to take len() of scalar dataset');
  }

  /** Up to which it can be resized; `null` within is without limit. */
  get maxshape(): readonly (number | null)[] | null {
    return this.#info.maxShape;
  }

  /** Shape of a chunk; `null` when it isn't chunked. */
  get chunks(): readonly number[] | null {
    return this.#info.chunkShape;
  }

  /** `null`: none; `unknown`: a filter that h5py has no name for. */
  get compression(): 'gzip' | 'lzf' | 'szip' | 'unknown' | null {
    const ids = this.#info.filters.map(({ id }) => id);
    const known = ids.find((id) => compressions[id] !== undefined);
    if (known !== undefined) return compressions[known]!;
    return ids.some((id) => !otherFilters.includes(id)) ? 'unknown' : null;
  }

  /** Level of gzip; `null` otherwise. */
  get compressionOpts(): number | null {
    return this.#info.filters.find(({ id }) => id === gzip)?.clientData[0] ?? null;
  }

  get shuffle(): boolean {
    return this.#info.filters.some(({ id }) => id === shuffle);
  }

  get fletcher32(): boolean {
    return this.#info.filters.some(({ id }) => id === fletcher32);
  }

  /**
   * What elements hold that were never written, 0 by default: a single value, as attributes have it.
   *
   * @throws UnsupportedByLibraryError for one of variable length; text that is empty is read
   */
  get fillvalue(): FillValue {
    return readFillValue(this.context.h5, this.name, this.elementType);
  }

  /** Labels of the axes, and the scales attached to them. */
  get dims(): Dimensions<Dataset> {
    return new Dimensions(this.context.h5, this.name, (path) => this.file.dataset(path));
  }

  /** Makes it a scale, whose elements are coordinates along an axis of other datasets. */
  makeScale(name?: string): void {
    makeScale(this.context.h5, this.name, name);
  }

  get isScale(): boolean {
    return isScale(this.context.h5, this.name);
  }

  /**
   * Reads the selected elements: h5py's `dataset[selection]`. Axes given an integer are left out of
   * the shape of the result; all integers give one element, with shape `[]`.
   *
   * @param selection default: everything
   * @throws InvalidOptionError when the selection doesn't fit the shape, or when the dataset is
   *   empty (`shape` is `null`)
   * @example
   * dataset.get()                          // h5py: dataset[...]
   * dataset.get('1:5:2, :')                // dataset[1:5:2, :]
   * dataset.get([slice(1, 5, 2), ALL])     // the same
   * dataset.get([0, 3]).data[0]            // dataset[0, 3]
   * dataset.get([[0, 3]])                  // dataset[[0, 3]]
   */
  get(selection: Selection = ELLIPSIS): NdArray<ArrayOf<Name>> {
    const handle = this.#handle;
    const resolved = this.#resolve(selection, handle);
    const data = readSelection(handle, resolved);
    const { shape: own = [], base, str } = handle.dtype;
    const dtype = own.length === 0 ? str : base!.str;
    return ndArray(data as ArrayOf<Name>, [...resolved.resultShape, ...own], dtype);
  }

  /**
   * Writes over the selected elements: h5py's `dataset[selection] = value`. A single value goes
   * everywhere, an array is stretched by numpy's rules of broadcasting; both are converted to the
   * dataset's dtype, and what doesn't fit it **is not an error**: 300 into `uint8` becomes 255, and
   * 2^65 into `float16` Infinity.
   *
   * @throws InvalidOptionError when the selection doesn't fit the dataset, or the value the
   *   selection, or there is no conversion (text to numbers); nothing is written then
   * @example
   * dataset.set('...', 0);
   * dataset.set([1, 1], 2 ** 65);
   * dataset.set(':, 0', [1, 2, 3]);
   */
  set(selection: Selection, value: ArrayInput): void {
    const handle = this.#handle;
    const resolved = this.#resolve(selection, handle);
    const { dtype } = handle;
    const data = locate(this.#place, () => {
      const given = array(value, dtype);
      return broadcastElements(given.data, given.shape, resolved, dtype);
    });
    if (resolved.size > 0) writeSelection(handle, resolved, data);
  }

  /**
   * Reads into memory that is there already, which saves making it for every read: h5py's
   * `read_direct`. Elements are converted to the type of `out`.
   *
   * @param out a typed array, or one with its shape: `{ data, shape, dtype }`
   * @param source which elements are read; default: all
   * @param dest where they go in `out`; default: all of it
   * @throws InvalidOptionError when the two don't have the same shape
   * @example
   * const batch = { data: new Float32Array(32 * 224), shape: [32, 224] };
   * dataset.readDirect(batch, '0:32, :');
   */
  readDirect(out: DirectOutput, source: Selection = ELLIPSIS, dest?: Selection): void {
    const handle = this.#handle;
    const selected = this.#resolve(source, handle);
    locate(this.#place, () => {
      readDirect(handle, selected, out, dest);
    });
  }

  /**
   * A view that converts to another dtype on reading: h5py's `astype`.
   *
   * @example dataset.astype('float16').get('0, :') // Float32Array, dtype '<f2'
   */
  astype<const To extends string>(dtype: To): AsTypeView<To> {
    return new AsTypeView<To>(this, parseDType(dtype));
  }

  /**
   * The raw bits of float16 elements, which `get` widens to a `Float32Array`.
   *
   * @throws InvalidOptionError for any other dtype
   */
  getBits(selection: Selection = ELLIPSIS): NdArray<Uint16Array, '<f2'> {
    const handle = this.#handle;
    const { kind, itemsize, str } = handle.dtype;
    if (kind !== 'f' || itemsize !== 2) {
      throw this.#invalid(`getBits() reads float16, and this is '${str}'`, 'Use get()');
    }
    const resolved = this.#resolve(selection, handle);
    const stored = transferredDType(handle.dtype);
    const bits = decodeFloat16Bits(readBytes(handle, resolved), stored);
    return ndArray(bits, resolved.resultShape, '<f2');
  }

  /**
   * Selections of one chunk each, in row-major order, the edges clipped: h5py's `iter_chunks`.
   *
   * @param selection slices and integers; default: all of the dataset
   * @throws InvalidOptionError when the dataset isn't chunked
   * @example for (const chunk of dataset.iterChunks()) total += sum(dataset.get(chunk).data);
   */
  iterChunks(selection: Selection = ELLIPSIS): IterableIterator<Slice[]> {
    const handle = this.#handle;
    const { chunkShape } = handle;
    if (chunkShape === null) throw this.#invalid('Chunked dataset required');
    return iterChunks(this.#resolve(selection, handle), chunkShape);
  }

  /**
   * Changes the shape: h5py's `resize`. Elements keep their **coordinates**, unlike in numpy's
   * reshape: what falls outside is lost, what is new holds the fill value.
   *
   * @param shape all lengths, or with `axis` the length of that one
   * @throws InvalidOptionError when the dataset isn't chunked, or `maxshape` doesn't allow it
   */
  resize(shape: readonly number[] | number, axis?: number): void {
    const info = this.#info;
    if (info.chunkShape === null) {
      throw this.#invalid(
        'Only chunked datasets can be resized',
        'Create it with `chunks` or `maxshape`',
      );
    }
    resizeDataset(this.context.h5, this.name, this.#newShape(info.shape ?? [], shape, axis));
  }

  /** The parts of the first axis, read one by one: h5py's iteration. */
  *[Symbol.iterator](): IterableIterator<NdArray<ArrayOf<Name>>> {
    for (let at = 0; at < this.length; at++) yield this.get(at);
  }

  override toString(): string {
    if (this.closed) return datasetRepr(null);
    return datasetRepr({ path: this.name, shape: this.shape, dtype: this.dtype });
  }

  /** For `${dataset}`; a comparison such as `dataset > 5` says how to build a mask. */
  [Symbol.toPrimitive](hint: string): string {
    return refusePrimitive(hint, this.toString());
  }

  get #info(): DatasetInfo {
    return this.context.h5.dataset(this.name);
  }

  get #handle(): DatasetHandle {
    return datasetHandle(this.context.h5, this.name);
  }

  get #place(): ErrorPlace {
    return { file: this.context.h5.path, dataset: this.name };
  }

  #resolve(selection: Selection, { shape }: DatasetHandle): ResolvedSelection {
    if (shape !== null) return locate(this.#place, () => resolveSelection(selection, shape));
    throw this.#invalid('Empty datasets have no elements to read or write', 'Its `shape` is null');
  }

  #newShape(
    shape: readonly number[],
    given: readonly number[] | number,
    axis: number | undefined,
  ): readonly number[] {
    if (axis === undefined) {
      const lengths: unknown = typeof given === 'number' ? [given] : given;
      if (!isLengths(lengths)) {
        throw this.#invalid(`Expected the new shape, got ${describeValue(lengths)}`);
      }
      if (lengths.length === shape.length) return lengths;
      throw this.#invalid(
        `New shape length (${lengths.length}) must match dataset rank (${shape.length})`,
      );
    }
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
      throw this.#invalid(`Invalid axis (0 to ${shape.length - 1} allowed), got ${axis}`);
    }
    if (typeof given !== 'number') {
      throw this.#invalid(`Expected one length for axis ${axis}, got ${describeValue(given)}`);
    }
    return shape.with(axis, given);
  }

  #invalid(message: string, advice?: string): InvalidOptionError {
    return new InvalidOptionError(message, {
      place: this.#place,
      ...(advice === undefined ? {} : { advice }),
    });
  }
}

function isLengths(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((length) => typeof length === 'number');
}

// Registered filter numbers of HDF5.
const gzip = 1;
const shuffle = 2;
const fletcher32 = 3;
const compressions: Readonly<Record<number, 'gzip' | 'lzf' | 'szip'>> = {
  [gzip]: 'gzip',
  4: 'szip',
  32000: 'lzf',
};
/** Shuffle, fletcher32 and scale-offset, which h5py doesn't count as compression. */
const otherFilters: readonly number[] = [shuffle, fletcher32, 6];
