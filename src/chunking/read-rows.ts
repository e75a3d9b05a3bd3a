import {
  CorruptFileError,
  InvalidOptionError,
  MemoryLimitError,
  type ErrorPlace,
} from '../errors.js';
import type { ByteSource } from '../storage/byte-source.js';
import {
  chunkBox,
  chunkCoordinates,
  chunkGrid,
  chunksOfRows,
  type ChunkGrid,
  type ElementBox,
} from './chunk-grid.js';
import { copyBox } from './copy-box.js';
import type { DatasetLayout } from './dataset-layout.js';
import { elementArray } from './element-array.js';
import { planReads } from './read-plan.js';
import { createDecoder, type Decode, type Inflate } from './filters/pipeline.js';
import type { TypedArray } from './typed-array.js';

const MAX_BYTES = 2 ** 31;
const LOCATED_AT_ONCE = 4096;
const PARALLEL_READS = 16;
/** Reading 16 KiB takes hardly longer than reading nothing. */
const GAP = 16_384;
const MAX_READ = 1_048_576;

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

/** The wanted rows of one chunk. A scalar has one row. */
interface Piece {
  readonly chunk: number;
  /** The elements of the whole chunk. */
  readonly box: ElementBox;
  readonly firstRow: number;
  readonly rows: number;
  readonly chunkOffset: number;
  readonly filterMask: number;
  /** What is read: the wanted rows, or of a filtered chunk all. */
  readonly offset: number;
  readonly length: number;
  /** The first wanted row in what is read, and all rows of that. */
  readonly bufferRow: number;
  readonly bufferRows: number;
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
export function readRows(
  source: ByteSource,
  layout: DatasetLayout,
  inflate: Inflate,
  start: number,
  stop: number,
): Promise<TypedArray> {
  return rowReader(source, layout, inflate)(start, stop);
}

/** Reads rows, as `readRows`. */
export type ReadRows = (start: number, stop: number) => Promise<TypedArray>;

/** For many reads of one dataset: what they have in common is made once. */
export function rowReader(source: ByteSource, layout: DatasetLayout, inflate: Inflate): ReadRows {
  const { shape, type, filters } = layout;
  const place = { file: source.name, dataset: layout.path };
  const chunkBytes = layout.chunkShape.reduce((product, n) => product * n, type.size);
  let reading: Promise<Pick<Job, 'grid' | 'decode'>> | undefined;
  const prepare = async (): Promise<Pick<Job, 'grid' | 'decode'>> => ({
    grid: chunkGrid(shape, layout.chunkShape),
    decode: await createDecoder({ filters, type, chunkBytes }, inflate, place),
  });
  return async (start, stop) => {
    expectRows(start, stop, shape[0] ?? 1, place);
    const bytes = shape.slice(1).reduce((product, n) => product * n, (stop - start) * type.size);
    expectBelowLimit(bytes, `rows ${start} to ${stop}`, place);
    if (filters.length > 0) expectBelowLimit(chunkBytes, 'a chunk', place);
    const into = new Uint8Array(bytes);
    if (bytes > 0) {
      fillWith(into, layout.fillValue);
      const prepared = await (reading ??= prepare());
      await readChunks({ source, layout, ...prepared, start, stop, into });
    }
    return elementArray(into, type);
  };
}

function expectRows(start: number, stop: number, rows: number, place: ErrorPlace): void {
  const areNumbers = Number.isInteger(start) && Number.isInteger(stop);
  if (areNumbers && start >= 0 && start <= stop && stop <= rows) return;
  throw new InvalidOptionError(`Expected rows within 0 to ${rows}, got ${start} to ${stop}`, {
    place,
  });
}

function expectBelowLimit(bytes: number, what: string, place: ErrorPlace): void {
  if (bytes <= MAX_BYTES) return;
  throw new MemoryLimitError(`Expected ${what} of at most ${MAX_BYTES} bytes, got ${bytes}`, {
    place,
  });
}

async function readChunks(job: Job): Promise<void> {
  const { first, end } = chunksOfRows(job.grid, job.start, job.stop);
  let stored = 0;
  for (let from = first; from < end; from += LOCATED_AT_ONCE) {
    const count = Math.min(LOCATED_AT_ONCE, end - from);
    const pieces = await locatePieces(job, from, count);
    // It bounds what is decoded, which may be far more than the rows: chunks that share their bytes
    // could be decoded without end.
    for (const { length, chunk, chunkOffset } of pieces) {
      stored += length;
      if (stored > job.source.size) throw overlap(job, chunk, chunkOffset);
    }
    await readPieces(job, pieces);
  }
}

/** Where the wanted rows of the chunks lie; chunks that aren't allocated are left out. */
async function locatePieces(job: Job, first: number, count: number): Promise<Piece[]> {
  const { layout, grid, start, stop } = job;
  const chunks = Float64Array.from({ length: count }, (_, i) => first + i);
  const { offsets, sizes, filterMasks } = await layout.index.locate(chunks);
  const chunkRows = layout.chunkShape[0] ?? 1;
  const rowBytes = layout.chunkShape.slice(1).reduce((n, length) => n * length, layout.type.size);
  const pieces: Piece[] = [];
  chunks.forEach((chunk, i) => {
    const chunkOffset = offsets[i]!;
    if (chunkOffset < 0) return;
    const box = chunkBox(grid, chunk);
    const boxStart = box.start[0] ?? 0;
    const firstRow = Math.max(boxStart, start);
    const rows = Math.min(box.stop[0] ?? 1, stop) - firstRow;
    const common = { chunk, box, firstRow, rows, chunkOffset, filterMask: filterMasks[i]! };
    if (layout.filters.length > 0) {
      const bufferedRows = { bufferRow: firstRow - boxStart, bufferRows: chunkRows };
      pieces.push({ ...common, ...bufferedRows, offset: chunkOffset, length: sizes[i]! });
      return;
    }
    if (sizes[i]! < chunkRows * rowBytes) throw shortChunk(job, chunk, chunkOffset, sizes[i]!);
    const offset = chunkOffset + (firstRow - boxStart) * rowBytes;
    pieces.push({ ...common, bufferRow: 0, bufferRows: rows, offset, length: rows * rowBytes });
  });
  return pieces;
}

async function readPieces(job: Job, pieces: readonly Piece[]): Promise<void> {
  const wanted = {
    offsets: pieces.map(({ offset }) => offset),
    lengths: pieces.map(({ length }) => length),
    owners: pieces.map((_, i) => i),
  };
  const gap = Math.max(GAP, job.source.requestCost ?? 0);
  const plan = planReads(wanted, { gap, maxLength: MAX_READ });
  const piecesOfRead = Array.from(plan.offsets, (): Piece[] => []);
  pieces.forEach((piece, i) => piecesOfRead[plan.readOf[i]!]!.push(piece));
  const readOne = async (read: number): Promise<void> => {
    const offset = plan.offsets[read]!;
    const bytes = await job.source.read(offset, plan.lengths[read]!);
    for (const piece of piecesOfRead[read]!) {
      const at = piece.offset - offset;
      placePiece(job, piece, bytes.subarray(at, at + piece.length));
    }
  };
  for (let from = 0; from < plan.offsets.length; from += PARALLEL_READS) {
    const count = Math.min(PARALLEL_READS, plan.offsets.length - from);
    await Promise.all(Array.from({ length: count }, (_, i) => readOne(from + i)));
  }
}

function placePiece(job: Job, piece: Piece, stored: Uint8Array): void {
  const { layout, start, stop } = job;
  const { box, firstRow, rows } = piece;
  const bytes =
    layout.filters.length === 0
      ? stored
      : job.decode(stored, piece.filterMask, placeOf(job, piece.chunk, piece.chunkOffset));
  const inner = box.start.slice(1);
  copyBox(
    [rows, ...inner.map((at, d) => box.stop[d + 1]! - at)],
    layout.type.size,
    {
      bytes,
      shape: [piece.bufferRows, ...layout.chunkShape.slice(1)],
      start: [piece.bufferRow, ...inner.map(() => 0)],
    },
    {
      bytes: job.into,
      shape: [stop - start, ...layout.shape.slice(1)],
      start: [firstRow - start, ...inner],
    },
  );
}

function shortChunk(job: Job, chunk: number, offset: number, size: number): CorruptFileError {
  return new CorruptFileError(`Expected a whole chunk, got ${size} bytes`, {
    place: placeOf(job, chunk, offset),
  });
}

function overlap(job: Job, chunk: number, offset: number): CorruptFileError {
  return new CorruptFileError('Expected chunks that do not overlap', {
    place: placeOf(job, chunk, offset),
  });
}

function placeOf({ source, layout, grid }: Job, chunk: number, offset: number): ErrorPlace {
  return {
    file: source.name,
    dataset: layout.path,
    chunk: chunkCoordinates(grid, chunk),
    offset,
  };
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
