import { InvalidOptionError, UnsupportedByLibraryError } from '../../errors.js';
import type { EmptyDataset, FileBytes, H5File } from '../../storage/h5.js';
import type { DType } from '../dtype.js';
import { replaceDatasetMessages, type DatasetMessages } from './dataset-messages.js';
import { complexFields, encodeDatatype, isVariable, storedSize } from './datatype-message.js';
import { encodeFilterPipeline, type NewFilters } from './filter-message.js';
import { libraryType } from './library-type.js';
import { headerLength, PREFIX_LENGTH, rewriteHeader } from './object-header.js';

export interface DatasetToCreate extends NewFilters {
  readonly dtype: DType;
  /** `[]` is a scalar; `null` has no elements at all: h5py's `Empty`. */
  readonly shape: readonly number[] | null;
  /** `null` within is unlimited; default: the shape, fixed. Needs `chunkShape`. */
  readonly maxShape?: readonly (number | null)[];
  /** Default: not chunked. */
  readonly chunkShape?: readonly number[];
  /** One element, little-endian whatever the byte order of `dtype`. Default: zeros. */
  readonly fillValue?: Uint8Array;
}

/**
 * Creates a dataset without writing or allocating its elements, whatever its size. The groups
 * before its name must be there.
 *
 * What h5wasm can't create (float16, bool, big-endian numbers, null-padded and UTF-8 strings, fill
 * values, several filters, `Empty`) starts as a dataset of the same shape, chunks and element size
 * that it can, whose object header is then rewritten while the file is closed for a moment; the
 * file changes only when all of it has gone well. That takes a few milliseconds.
 *
 * @throws UnsupportedByLibraryError for what can't be had either way: a fill value of variable
 *   length, variable-length strings inside a compound
 * @throws InvalidOptionError when filters or a maximum shape come without chunks, or the fill value
 *   has the wrong size
 * @throws StorageError when HDF5 refuses (the name is taken, no such group) or I/O fails
 *
 * @example createDataset(file, '/x', { dtype: parseDType('float16'), shape: [10_000, 10_000] });
 */
export function createDataset(file: H5File, path: string, dataset: DatasetToCreate): void {
  prepareDataset(path, dataset)(file);
}

/**
 * The first half of `createDataset`: finds out that it can't be had before anything changes.
 *
 * @returns creates it; the groups before its name need be there only now
 */
export function prepareDataset(path: string, dataset: DatasetToCreate): (file: H5File) => void {
  checkOptions(path, dataset);
  const direct = asLibraryCan(dataset);
  if (direct !== null) {
    return (file) => {
      file.createEmpty(path, direct);
    };
  }
  const messages = messagesOf(dataset);
  const near = placeholder(dataset, messages);
  return (file) => {
    file.createPatched(path, near, (bytes, at) => {
      patchHeader(bytes, at, messages);
    });
  };
}

function checkOptions(path: string, dataset: DatasetToCreate): void {
  const { dtype, shape, chunkShape, maxShape, fillValue } = dataset;
  const place = { dataset: path };
  if (chunkShape === undefined && (hasFilters(dataset) || maxShape !== undefined)) {
    throw new InvalidOptionError('Expected chunks, which filters and a maximum shape need', {
      place,
    });
  }
  if ((shape ?? []).length === 0 && chunkShape !== undefined) {
    throw new InvalidOptionError('Scalar datasets have no chunks, filters or maximum shape', {
      place,
    });
  }
  if (isVariable(dtype) && dataset.fletcher32 === true) {
    throw new InvalidOptionError('HDF5 has no fletcher32 for variable-length strings', { place });
  }
  if (fillValue === undefined) return;
  if (isVariable(dtype)) {
    throw new UnsupportedByLibraryError('fill values of variable-length strings', { place });
  }
  if (fillValue.length !== dtype.itemsize) {
    throw new InvalidOptionError(
      `Expected a fill value of ${dtype.itemsize} bytes (${dtype.str}), got ${fillValue.length}`,
      { place },
    );
  }
}

function hasFilters({ shuffle = false, gzip, fletcher32 = false }: NewFilters): boolean {
  return shuffle || gzip !== undefined || fletcher32;
}

/** The dataset as h5wasm creates it without our help, if it can. */
function asLibraryCan(dataset: DatasetToCreate): EmptyDataset | null {
  const { dtype, shape, gzip, shuffle = false, fletcher32 = false, fillValue } = dataset;
  const type = libraryType(dtype);
  const needsHelp = fillValue !== undefined || shuffle || fletcher32 || gzip === 0;
  // HDF5 refuses mandatory filters on elements of variable length, and h5wasm's gzip is one.
  const mandatory = isVariable(dtype) && gzip !== undefined;
  if (type === null || shape === null || needsHelp || mandatory) return null;
  return { type, ...extentOf(dataset), ...(gzip === undefined ? {} : { gzip }) };
}

function extentOf(dataset: DatasetToCreate): Omit<EmptyDataset, 'type' | 'gzip'> {
  const { shape, maxShape, chunkShape } = dataset;
  return {
    shape: shape ?? [],
    ...(maxShape === undefined ? {} : { maxShape }),
    ...(chunkShape === undefined ? {} : { chunkShape }),
  };
}

function messagesOf(dataset: DatasetToCreate): DatasetMessages {
  const { dtype, shape, fillValue } = dataset;
  return {
    datatype: encodeDatatype(dtype),
    variableLength: isVariable(dtype),
    fillValue: fillValue === undefined ? null : inStoredOrder(fillValue, dtype),
    filterPipeline: encodeFilterPipeline(dataset, isVariable(dtype) ? null : dtype.itemsize),
    nullDataspace: shape === null,
  };
}

/**
 * A dataset with elements of the same size whose type has a name so long that its header has room
 * for what shall be there instead. It has a filter if there shall be one, because that decides how
 * HDF5 lays out the chunks.
 */
function placeholder(dataset: DatasetToCreate, messages: DatasetMessages): EmptyDataset {
  const { datatype, fillValue, filterPipeline } = messages;
  const room = datatype.length + (fillValue?.length ?? 0) + (filterPipeline?.length ?? 0);
  return {
    type: {
      class: 'compound',
      size: storedSize(dataset.dtype),
      members: [
        {
          name: '_'.repeat(room + FIXED_ROOM),
          offset: 0,
          type: { class: 'integer', size: 1, signed: false },
        },
      ],
    },
    ...extentOf(dataset),
    ...(filterPipeline === null ? {} : { gzip: 1 }),
  };
}

/** For the size before a fill value and the headers of messages. */
const FIXED_ROOM = 16;

function patchHeader(bytes: FileBytes, at: number, messages: DatasetMessages): void {
  const header = bytes.read(at, headerLength(bytes.read(at, PREFIX_LENGTH)));
  bytes.write(
    at,
    rewriteHeader(header, (old) => replaceDatasetMessages(old, messages)),
  );
}

function inStoredOrder(element: Uint8Array, dtype: DType): Uint8Array {
  const bytes = element.slice();
  const fields = dtype.kind === 'c' ? complexFields(dtype) : (dtype.fields ?? []);
  for (const { offset, dtype: field } of fields) {
    bytes.set(inStoredOrder(bytes.slice(offset, offset + field.itemsize), field), offset);
  }
  return fields.length === 0 && dtype.byteOrder === '>' ? bytes.reverse() : bytes;
}
