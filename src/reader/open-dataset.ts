import { fileURLToPath } from 'node:url';
import type { ChunkIndex } from '../chunking/chunk-index.js';
import { rowMajorStrides } from '../chunking/chunk-grid.js';
import type { DatasetLayout, FilterSpec } from '../chunking/dataset-layout.js';
import { openDatasets } from '../chunking/open-dataset.js';
import { readRows } from '../chunking/read-rows.js';
import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import { blobSource } from '../storage/blob-source.js';
import type { ByteSource } from '../storage/byte-source.js';
import { openFileSource } from '../storage/file-source.js';
import { httpSource } from '../storage/http-source.js';
import { inflate } from '../storage/inflate.js';
import { memorySource } from '../storage/memory-source.js';

/**
 * Where an HDF5 file is: a path, an `http:` or `https:` URL (also as text) of a server that serves
 * ranges, a Blob, the file's bytes, or a byte source of one's own.
 */
export type DatasetOrigin = string | URL | Blob | Uint8Array | ByteSource;

/** A dataset of numbers, read without the HDF5 library. */
export interface OpenedDataset extends AsyncDisposable {
  readonly shape: readonly number[];
  /** `null` within is unlimited. */
  readonly maxShape: readonly (number | null)[];
  /** As numpy's `dtype.str`: `<f4`, `|u1`. */
  readonly dtype: string;
  /** `null` when the dataset isn't chunked. */
  readonly chunkShape: readonly number[] | null;
  readonly filters: readonly FilterSpec[];
  /** Where each chunk lies in the file, read block by block as it is asked for. */
  readonly index: ChunkIndex;
  /**
   * Reads rows of the first dimension, whole; default: all. Of `float16` in a `Float32Array`, 64-bit
   * integers in bigint arrays.
   *
   * @param stop not included
   * @throws InvalidOptionError for rows outside of the dataset, MemoryLimitError for more than
   *   2 GiB at once, CorruptFileError for a damaged chunk
   */
  read(start?: number, stop?: number): Promise<RowArray>;
  /**
   * Takes in what a writer has appended since, and flushed; nothing that is known is read again. A
   * writer that has changed anything else wants a new opening.
   */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Rows, row-major. */
export interface RowArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  /** Elements from one to the next along each axis. */
  readonly stride: readonly number[];
  readonly dtype: string;
}

/**
 * Opens a dataset of numbers, wherever the file is, with planefeed's own reader. What it takes to
 * know the dataset is read (over HTTP in one or two requests), but nothing of the index yet: a
 * dataset of millions of chunks opens as fast as a small one.
 *
 * @param path of the dataset in the file
 * @throws NotFoundError when there is no such file or dataset; UnsupportedLayoutError naming an
 *   HDF5 feature that isn't read here (`File.open` may); CorruptFileError when the file is damaged;
 *   StorageError when it can't be read
 * @example
 * await using images = await openDataset('https://example.org/photos.h5', '/images');
 * const { data, shape } = await images.read(0, 32);
 */
export async function openDataset(from: DatasetOrigin, path: string): Promise<OpenedDataset> {
  const source = await sourceOf(from);
  const datasets = openDatasets(source);
  let layout: DatasetLayout;
  try {
    await datasets.openTogether([path]);
    layout = await datasets.open(path);
  } catch (error) {
    await source.close();
    throw error;
  }
  return {
    get shape() {
      return layout.shape;
    },
    maxShape: layout.maxShape,
    dtype: dtypeName(layout),
    chunkShape: layout.storage === 'chunked' ? layout.chunkShape : null,
    filters: layout.filters,
    get index() {
      return layout.index;
    },
    async read(start = 0, stop = layout.shape[0] ?? 1) {
      const data = await readRows(source, layout, inflate, start, stop);
      const shape = layout.shape.length === 0 ? [] : [stop - start, ...layout.shape.slice(1)];
      return { data, shape, stride: rowMajorStrides(shape), dtype: dtypeName(layout) };
    },
    async refresh() {
      await datasets.refresh();
      layout = await datasets.open(path);
    },
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source.close(),
  };
}

async function sourceOf(from: DatasetOrigin): Promise<ByteSource> {
  if (typeof from === 'string') {
    return /^https?:\/\//.test(from) ? httpSource(from) : openFileSource(from);
  }
  if (from instanceof URL) {
    return from.protocol === 'file:' ? openFileSource(fileURLToPath(from)) : httpSource(from);
  }
  if (from instanceof Blob) return blobSource(from);
  if (from instanceof Uint8Array) return memorySource(from);
  if (isByteSource(from)) return from;
  throw new InvalidOptionError(
    'Expected an HDF5 file as a path, URL, Blob, Uint8Array or byte source',
  );
}

/** Callers without types may give anything. */
function isByteSource(value: unknown): value is ByteSource {
  return typeof value === 'object' && value !== null && 'read' in value && 'size' in value;
}

function dtypeName({ type: { kind, size, littleEndian } }: DatasetLayout): string {
  const order = size === 1 ? '|' : littleEndian ? '<' : '>';
  return `${order}${kind}${size}`;
}
