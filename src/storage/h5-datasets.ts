import type { Metadata } from 'h5wasm/node';
import { InvalidOptionError, NotFoundError } from '../errors.js';
import { checkSlice, product } from './h5-box.js';
import type { H5Handle } from './h5-handle.js';
import { h5wasm } from './h5-io.js';
import { kindAt } from './h5-lookup.js';
import type { NewStorage } from './h5-new-storage.js';
import { storageMetadata } from './h5-new-storage.js';
import { withMemory } from './h5-memory.js';
import type { KnownMetadata } from './h5-metadata.js';
import { checkResize } from './h5-resize.js';
import { readStringColumn, requireNoNul, writeVariableStrings } from './h5-strings.js';
import type { H5Dtype, NumericArray } from './h5-types.js';
import { elementsOf, readBox, writeBox } from './h5-transfer.js';
import type { H5Type } from './h5-type.js';
import { h5TypeOf } from './h5-type.js';
import { dtypeName, dtypeOf, isNumericDtype, numericTypes } from './h5-types.js';

export interface H5Filter {
  readonly id: number;
  readonly name: string;
  readonly clientData: readonly number[];
}

export interface DatasetInfo {
  /** As numpy names it: `uint8`, `float32`, `string`; or the HDF5 class, `compound`. */
  readonly dtype: string;
  readonly littleEndian: boolean;
  /** The same, in full. */
  readonly type: H5Type;
  /** `[]` is a scalar, `null` an empty dataspace. */
  readonly shape: readonly number[] | null;
  /** `null` within is unlimited. */
  readonly maxShape: readonly (number | null)[] | null;
  /** `null` when the dataset isn't chunked. */
  readonly chunkShape: readonly number[] | null;
  readonly filters: readonly H5Filter[];
}

export interface NewDataset extends NewStorage {
  readonly dtype: H5Dtype;
}

/** Starts and counts are in elements, one number for each dimension. */
export interface H5Datasets {
  dataset(path: string): DatasetInfo;
  /** The named datatype at `path`. */
  datatype(path: string): H5Type;
  createDataset(path: string, dataset: NewDataset): void;
  /**
   * @throws InvalidOptionError when the dataset isn't chunked, or `shape` has another rank or goes
   *   beyond the dataset's largest
   */
  resize(path: string, shape: readonly number[]): void;
  /** Writes `data` (row-major, of the dataset's type) over `count` elements from `start`. */
  writeSlice(
    path: string,
    start: readonly number[],
    count: readonly number[],
    data: NumericArray,
  ): void;
  /** Writes strings over a one-dimensional dataset of variable-length strings. */
  writeStrings(path: string, start: number, strings: readonly string[]): void;
  /** Reads `count` elements from `start`, row-major, in the machine's byte order. */
  readSlice(path: string, start: readonly number[], count: readonly number[]): NumericArray;
  /** Reads strings of a one-dimensional dataset; default: all of them. */
  readStrings(path: string, start?: number, count?: number): string[];
  setDimensionLabels(path: string, labels: readonly string[]): void;
  dimensionLabels(path: string): (string | null)[];
}

export function datasetCalls(handle: H5Handle, known: KnownMetadata): H5Datasets {
  const metadataOf = known.of;

  return {
    dataset: (path) => {
      const metadata = metadataOf(path);
      const filters = handle.run('read the filters', { dataset: path }, (h5, id) =>
        h5.get_dataset_filters(id, path),
      );
      return describe(metadata, filters);
    },

    datatype: (path) =>
      handle.run('read the datatype', { dataset: path }, (h5, id) => {
        if (kindAt(h5, id, path) !== 'datatype') {
          throw new NotFoundError('Expected a named datatype, found none', {
            place: { file: handle.path, dataset: path },
          });
        }
        return h5TypeOf(h5.get_datatype_metadata(id, path));
      }),

    createDataset: (path, dataset) => {
      create(handle, path, dataset);
    },

    resize: (path, shape) => {
      const place = { dataset: path };
      checkResize(metadataOf(path), shape, { file: handle.path, ...place });
      // It may be known by other names as well.
      known.forgetAll();
      handle.runChanging('resize the dataset', path, (h5, id) =>
        h5.resize_dataset(id, path, shape.map(BigInt)),
      );
    },

    writeSlice: (path, start, count, data) => {
      const place = { dataset: path };
      const metadata = metadataOf(path);
      const dtype = dtypeName(metadata);
      if (dtypeOf(data) !== dtype) {
        throw new InvalidOptionError(`Expected ${dtype} values, got ${dtypeOf(data)}`, { place });
      }
      checkSlice(metadata, start, count, place);
      const elements = product(count);
      if (data.length !== elements) {
        throw new InvalidOptionError(`Expected ${elements} elements, got ${data.length}`, {
          place,
        });
      }
      if (elements === 0) return;
      known.runChanging('write to the dataset', path, (h5, id) => {
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        writeBox(h5, id, elementsOf(path, metadata, place), { start, count }, bytes);
      });
    },

    writeStrings: (path, start, strings) => {
      const place = { dataset: path };
      const metadata = metadataOf(path);
      if (!metadata.vlen || metadata.shape?.length !== 1) {
        throw new InvalidOptionError('Expected a column of variable-length strings', { place });
      }
      checkSlice(metadata, [start], [strings.length], place);
      requireNoNul(strings, path);
      if (strings.length === 0) return;
      known.runChanging('write to the dataset', path, (h5, id) => {
        writeVariableStrings(h5, id, path, start, strings);
      });
    },

    readSlice: (path, start, count) => {
      const place = { dataset: path };
      const metadata = metadataOf(path);
      checkSlice(metadata, start, count, place);
      const dtype = dtypeName(metadata);
      if (!isNumericDtype(dtype)) {
        throw new InvalidOptionError(`Expected a dataset of numbers, found ${dtype}`, { place });
      }
      const { array, bytes } = numericTypes[dtype];
      const elements = product(count);
      if (elements === 0) return new array(new ArrayBuffer(0), 0, 0);
      return handle.run('read the dataset', place, (h5, id) =>
        readBox(
          h5,
          id,
          elementsOf(path, metadata, place),
          { start, count },
          elements * bytes,
          (found) => new array(found.slice().buffer, 0, elements),
        ),
      );
    },

    readStrings: (path, start = 0, count) => {
      const place = { dataset: path };
      const metadata = metadataOf(path);
      const length = count ?? Math.max(0, (metadata.shape?.[0] ?? 0) - start);
      checkSlice(metadata, [start], [length], place);
      if (dtypeName(metadata) !== 'string') {
        throw new InvalidOptionError(`Expected strings, found ${dtypeName(metadata)}`, { place });
      }
      return handle.run('read the dataset', place, (h5, id) =>
        readStringColumn(h5, id, path, metadata, start, length),
      );
    },

    setDimensionLabels: (path, labels) => {
      metadataOf(path);
      handle.runChanging('label the dimensions', path, (h5, id) => {
        labels.forEach((label, dimension) => h5.set_dimension_label(id, path, dimension, label));
      });
    },

    dimensionLabels: (path) => {
      metadataOf(path);
      return handle.run('read the dimension labels', { dataset: path }, (h5, id) =>
        h5.get_dimension_labels(id, path),
      );
    },
  };
}

function describe(
  metadata: Metadata,
  filters: readonly { id: number; name: string; cd_values: number[] }[],
): DatasetInfo {
  return {
    dtype: dtypeName(metadata),
    littleEndian: metadata.littleEndian,
    type: h5TypeOf(metadata),
    shape: metadata.shape,
    maxShape:
      metadata.maxshape?.map((length) => (length > Number.MAX_SAFE_INTEGER ? null : length)) ??
      null,
    chunkShape: metadata.chunks,
    filters: filters.map(({ id, name, cd_values }) => ({ id, name, clientData: cd_values })),
  };
}

function create(handle: H5Handle, path: string, dataset: NewDataset): void {
  const { dtype, shape } = dataset;
  handle.runChanging('create the dataset', path, (h5, id) => {
    const metadata = {
      ...h5wasm().dtype_to_metadata(dtype === 'string' ? 'S' : numericTypes[dtype].code),
      ...storageMetadata(dataset),
    };
    if (dtype === 'string') {
      h5.create_vlen_str_dataset(id, path, new Array<string>(product(shape)).fill(''), metadata);
    } else {
      // h5wasm writes the elements along with creating the dataset.
      const bytes = product(shape) * numericTypes[dtype].bytes;
      withMemory(h5, bytes, (pointer) => {
        h5.HEAPU8.fill(0, pointer, pointer + bytes);
        h5.create_dataset(id, path, BigInt(pointer), metadata);
      });
    }
  });
}
