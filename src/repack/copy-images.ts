import { UnsupportedByLibraryError } from '../errors.js';
import { dtypeOfStored } from '../hdf5/stored-dtype.js';
import type { OpenedDataset } from '../reader/open-dataset.js';
import { openDataset } from '../reader/open-dataset.js';
import type { DatasetInfo, H5File } from '../storage/h5.js';
import type { Box } from './chunk-boxes.js';
import { chunkBoxes } from './chunk-boxes.js';
import { takeBox } from './take-box.js';
import type { ImageLayout } from './image-layout.js';
import { slabBytes } from './image-layout.js';

/** What has been written. */
export interface CopiedRows {
  /** Rows from the first on. */
  readonly rows: number;
  /** Bytes since the last. */
  readonly bytes: number;
}

/**
 * Copies the elements of a dataset of images to one that is there already, in runs of whole chunks:
 * each run is read once, where it fits into memory, and its chunks are written in their order.
 */
export async function* copyImages(
  source: H5File,
  target: H5File,
  path: string,
  layout: ImageLayout,
): AsyncGenerator<CopiedRows> {
  const info = source.dataset(path);
  const elementSize = dtypeOfStored(info.type).itemsize;
  await using reader = await openReader(source, path, info);
  const count = layout.shape[0]!;
  const rest = layout.shape.slice(1);
  const rowBytes = rest.reduce((a, b) => a * b, elementSize);
  if (count * rowBytes === 0) return;
  // One buffer for all: what is freed isn't given back at once.
  const whole = layout.run * rowBytes <= 2 * slabBytes;
  const buffer = whole ? new Uint8Array(Math.min(layout.run, count) * rowBytes) : undefined;
  for (let start = 0; start < count; start += layout.run) {
    const stop = Math.min(count, start + layout.run);
    const slab: Box = { start: [start, ...rest.map(() => 0)], count: [stop - start, ...rest] };
    const bytes =
      buffer === undefined
        ? undefined
        : await reader.read(slab, buffer.subarray(0, (stop - start) * rowBytes));
    for (const box of chunkBoxes(layout, start, stop)) {
      const part =
        bytes === undefined ? await reader.read(box) : takeBox(bytes, slab, box, elementSize);
      target.writeElements(path, box, part);
    }
    yield { rows: stop, bytes: (stop - start) * rowBytes };
  }
}

interface Reader extends AsyncDisposable {
  /** Elements, little-endian; in `into`, where that is had for nothing. */
  read(box: Box, into?: Uint8Array): Promise<Uint8Array>;
}

/** Deflate, shuffle and fletcher32 of HDF5 itself. */
const libraryFilters = new Set([1, 2, 3]);

/** The library reads all but the filters of others, which our own reader knows. */
async function openReader(source: H5File, path: string, info: DatasetInfo): Promise<Reader> {
  if (info.filters.every(({ id }) => libraryFilters.has(id))) {
    return {
      read: (box, into) => Promise.resolve(source.readElements(path, box, into)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const place = { file: source.path, dataset: path };
  if (info.dtype === 'float16') {
    throw new UnsupportedByLibraryError('float16 with filters of others', { place });
  }
  const dataset: OpenedDataset = await openDataset(source.path, path);
  const read = async (box: Box): Promise<Uint8Array> => {
    const first = box.start[0]!;
    const { data, shape } = await dataset.read(first, first + box.count[0]!);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const slab = { start: [first, ...shape.slice(1).map(() => 0)], count: shape };
    return takeBox(bytes, slab, box, data.BYTES_PER_ELEMENT);
  };
  return { read, [Symbol.asyncDispose]: () => dataset.close() };
}
