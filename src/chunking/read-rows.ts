import { CorruptFileError, InvalidOptionError, MemoryLimitError } from '../errors.js';
import type { ByteSource } from '../storage/byte-source.js';
import {
  chunkBox,
  chunkCoordinates,
  chunkGrid,
  chunksOfRows,
  type ChunkGrid,
} from './chunk-grid.js';
import { copyBox } from './copy-box.js';
import type { DatasetLayout } from './dataset-layout.js';
import { elementArray, type ElementArray } from './element-array.js';
import { createDecoder, type Decode, type Inflate } from './filters/pipeline.js';

const MAX_BYTES = 2 ** 31;
const LOCATED_AT_ONCE = 4096;
const PARALLEL_READS = 16;

/** What the rows are put into, and where from. */
interface Job {
  readonly source: ByteSource;
  readonly layout: DatasetLayout;
  readonly grid: ChunkGrid;
  readonly decode: Decode;
  readonly start: number;
  readonly stop: number;
  readonly into: Uint8Array;
}

interface StoredChunk {
  readonly chunk: number;
  readonly offset: number;
  readonly size: number;
  readonly filterMask: number;
}

/**
 * Reads rows `start` to `stop` (not included) of the first dimension, whole, however the dataset
 * is stored. The array has `(stop - start) × shape[1] × shape[2] × …` elements, row-major.
 * A scalar has one row.
 *
 * @throws InvalidOptionError for rows outside of the dataset, MemoryLimitError for more than
 *   2 GiB at once, CorruptFileError for a damaged chunk.
 * @example
 * const labels = await readRows(source, await openDataset(source, '/labels'), inflate, 0, 1000);
 */
export async function readRows(
  source: ByteSource,
  layout: DatasetLayout,
  inflate: Inflate,
  start: number,
  stop: number,
): Promise<ElementArray> {
  const { shape, type, fillValue } = layout;
  const place = { file: source.name, dataset: layout.path };
  const rows = shape[0] ?? 1;
  if (!(
    Number.isInteger(start) &&
    Number.isInteger(stop) &&
    0 <= start &&
    start <= stop &&
    stop <= rows
  )) {
    throw new InvalidOptionError(`Expected rows within 0 to ${rows}, got ${start} to ${stop}`, {
      place,
    });
  }
  const bytes = shape.slice(1).reduce((product, n) => product * n, (stop - start) * type.size);
  if (!(bytes <= MAX_BYTES)) {
    throw new MemoryLimitError(`Rows ${start} to ${stop} have ${bytes} bytes`, {
      place,
      advice: `Read at most ${MAX_BYTES} bytes at once`,
    });
  }
  const into = new Uint8Array(bytes);
  if (bytes > 0) {
    fillWith(into, fillValue);
    await readChunks(jobOf({ source, layout, inflate, start, stop, into }));
  }
  return elementArray(into, type);
}

function jobOf(
  job: Pick<Job, 'source' | 'layout' | 'start' | 'stop' | 'into'> & { inflate: Inflate },
): Job {
  const { shape, chunkShape, filters, type } = job.layout;
  const chunkBytes = chunkShape.reduce((product, n) => product * n, type.size);
  const decode = createDecoder({ filters, type, chunkBytes }, job.inflate);
  return { ...job, grid: chunkGrid(shape, chunkShape), decode };
}

async function readChunks(job: Job): Promise<void> {
  const { first, end } = chunksOfRows(job.grid, job.start, job.stop);
  for (let from = first; from < end; from += LOCATED_AT_ONCE) {
    const count = Math.min(LOCATED_AT_ONCE, end - from);
    const chunks = Float64Array.from({ length: count }, (_, i) => from + i);
    const { offsets, sizes, filterMasks } = await job.layout.index.locate(chunks);
    const stored: StoredChunk[] = [];
    chunks.forEach((chunk, i) => {
      const offset = offsets[i]!;
      if (offset < 0) return;
      stored.push({ chunk, offset, size: sizes[i]!, filterMask: filterMasks[i]! });
    });
    for (let at = 0; at < stored.length; at += PARALLEL_READS) {
      await Promise.all(
        stored.slice(at, at + PARALLEL_READS).map((chunk) => readChunk(job, chunk)),
      );
    }
  }
}

async function readChunk(job: Job, stored: StoredChunk): Promise<void> {
  const { layout, grid, start, stop } = job;
  const { shape, chunkShape, type } = layout;
  const box = chunkBox(grid, stored.chunk);
  // A scalar is read as one row.
  const first = Math.max(box.start[0] ?? 0, start);
  const end = Math.min(box.stop[0] ?? 1, stop);
  const skippedRows = first - (box.start[0] ?? 0);
  const chunkRows = chunkShape[0] ?? 1;
  const rowBytes = chunkShape.slice(1).reduce((product, n) => product * n, type.size);
  const isPlain = layout.filters.length === 0;
  if (isPlain && stored.size < chunkRows * rowBytes) throw shortChunk(job, stored);
  const bytes = isPlain
    ? await job.source.read(stored.offset + skippedRows * rowBytes, (end - first) * rowBytes)
    : job.decode(await job.source.read(stored.offset, stored.size), stored.filterMask, {
        file: job.source.name,
        dataset: layout.path,
        chunk: chunkCoordinates(grid, stored.chunk),
        offset: stored.offset,
      });
  const inner = box.start.slice(1);
  copyBox(
    [end - first, ...inner.map((at, d) => box.stop[d + 1]! - at)],
    type.size,
    {
      bytes,
      shape: [isPlain ? end - first : chunkRows, ...chunkShape.slice(1)],
      start: [isPlain ? 0 : skippedRows, ...inner.map(() => 0)],
    },
    {
      bytes: job.into,
      shape: [stop - start, ...shape.slice(1)],
      start: [first - start, ...inner],
    },
  );
}

function shortChunk({ source, layout, grid }: Job, stored: StoredChunk): CorruptFileError {
  return new CorruptFileError(`Expected a whole chunk, got ${stored.size} bytes`, {
    place: {
      file: source.name,
      dataset: layout.path,
      chunk: chunkCoordinates(grid, stored.chunk),
      offset: stored.offset,
    },
  });
}

/** Repeats the fill value over all bytes. */
function fillWith(bytes: Uint8Array, fillValue: Uint8Array): void {
  if (fillValue.every((byte) => byte === 0)) return;
  bytes.set(fillValue);
  // Doubles what is filled: few copies, and each a fast one.
  for (let filled = fillValue.length; filled < bytes.length; filled *= 2) {
    bytes.copyWithin(filled, 0, Math.min(filled, bytes.length - filled));
  }
}
