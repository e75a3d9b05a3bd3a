import { chunkGrid, rowMajorStrides } from '../../chunking/chunk-grid.js';
import type { ChunkLocations } from '../../chunking/chunk-index.js';
import type { ReadTrace } from '../trace.js';

/** An array of any rank that lies somewhere. */
export interface PlacedArray {
  readonly shape: readonly number[];
  readonly itemSize: number;
  readonly chunkShape: readonly number[];
  readonly contiguous: boolean;
  readonly filtered: boolean;
  readonly locate: (chunks: ArrayLike<number>) => ChunkLocations;
}

/** A selection: `count` elements from `start` along each axis. */
export interface Box {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/** What the library keeps of a dataset in memory; h5py's defaults (`rdcc_nbytes`, `rdcc_nslots`). */
export interface ChunkCache {
  /** Bytes of chunks. Default 1 MiB. */
  readonly bytes?: number;
  /** Default 521. */
  readonly slots?: number;
}

/**
 * The reads of elements with which the HDF5 library (and so h5py) serves selections, one after the
 * other, each when the one before is done:
 *
 * - a chunk that fits its chunk cache, or is compressed, is read whole, unless it is in the cache; of
 *   chunks that share a slot of the cache's hash table the later one stays;
 * - of contiguous data, and of larger uncompressed chunks, every run of elements is read by itself; a
 *   run below 64 KiB comes with what follows it, 64 KiB in all (the sieve buffer).
 *
 * Metadata (object headers, chunk index) isn't in it. Sources: HDF5 1.14, `H5Dchunk.c`
 * (`H5D__chunk_lock`, `H5D__chunk_cacheable`, `H5D__chunk_hash_val`) and `H5Dcontig.c`
 * (`H5D__contig_readvv_sieve_cb`).
 *
 * @example
 * // ds[7] of images in chunks (1, h, w, 1): three reads
 * libraryTrace(placed, [{ start: [7, 0, 0, 0], count: [1, h, w, 3] }]);
 */
export function libraryTrace(
  array: PlacedArray,
  boxes: readonly Box[],
  cache: ChunkCache = {},
): ReadTrace {
  const { itemSize, chunkShape, contiguous, filtered } = array;
  const { bytes: cacheBytes = 2 ** 20 } = cache;
  const reads: number[] = [];
  const readRuns = sieveReader(reads);
  const chunkBytes = chunkShape.reduce((product, length) => product * length, itemSize);
  const cacheable = !contiguous && chunkBytes <= cacheBytes;
  const isCached = createChunkCache(array, chunkBytes, cache);
  for (const box of boxes) {
    for (const { chunk, coordinates, part } of touchedChunks(array, box)) {
      if (cacheable && isCached(chunk, coordinates)) continue;
      const { offsets, sizes } = array.locate([chunk]);
      const offset = offsets[0]!;
      if (offset < 0) continue;
      if (cacheable || filtered) reads.push(offset, sizes[0]!);
      else readRuns(runsOf(part, chunkShape, itemSize), offset, sizes[0]!);
    }
  }
  return {
    offsets: Float64Array.from({ length: reads.length / 2 }, (_, i) => reads[2 * i]!),
    lengths: Float64Array.from({ length: reads.length / 2 }, (_, i) => reads[2 * i + 1]!),
    depth: 1,
    barriers: new Uint32Array(0),
  };
}

interface Touched {
  readonly chunk: number;
  readonly coordinates: readonly number[];
  /** The selected part, in elements of the chunk. */
  readonly part: Box;
}

/** The chunks of a selection, row-major. */
function* touchedChunks({ shape, chunkShape }: PlacedArray, box: Box): Generator<Touched> {
  const { strides } = chunkGrid(shape, chunkShape);
  const first = box.start.map((at, axis) => Math.floor(at / chunkShape[axis]!));
  const last = box.start.map((at, axis) =>
    Math.floor((at + box.count[axis]! - 1) / chunkShape[axis]!),
  );
  const coordinates = [...first];
  for (;;) {
    const start = coordinates.map((at, axis) =>
      Math.max(0, box.start[axis]! - at * chunkShape[axis]!),
    );
    yield {
      chunk: coordinates.reduce((number, at, axis) => number + at * strides[axis]!, 0),
      coordinates,
      part: {
        start,
        count: coordinates.map((at, axis) => {
          const end = box.start[axis]! + box.count[axis]! - at * chunkShape[axis]!;
          return Math.min(chunkShape[axis]!, end) - start[axis]!;
        }),
      },
    };
    let axis = coordinates.length - 1;
    while (axis >= 0 && coordinates[axis] === last[axis]) coordinates[axis] = first[axis--]!;
    if (axis < 0) return;
    coordinates[axis]!++;
  }
}

/** Runs of neighbouring elements, evenly apart: in bytes, from the start of their chunk. */
interface Comb {
  readonly offset: number;
  /** Of a run. */
  readonly length: number;
  /** From the start of a run to that of the next. */
  readonly stride: number;
  readonly count: number;
}

/** The runs of a box, in their order. */
function* runsOf(
  { start, count }: Box,
  shape: readonly number[],
  itemSize: number,
): Generator<Comb> {
  const strides = rowMajorStrides(shape).map((stride) => stride * itemSize);
  // Axes that are whole from here on make one run.
  let inner = shape.length - 1;
  while (inner > 0 && count[inner] === shape[inner]) inner--;
  const length = count[inner]! * strides[inner]!;
  const first = start.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  const teeth = inner === 0 ? { stride: length, count: 1 } : toothOf(inner - 1);
  const outer = count.slice(0, Math.max(0, inner - 1));
  const total = outer.reduce((product, many) => product * many, 1);
  for (let number = 0; number < total; number++) {
    let rest = number;
    let offset = first;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      offset += (rest % count[axis]!) * strides[axis]!;
      rest = Math.floor(rest / count[axis]!);
    }
    yield { offset, length, ...teeth };
  }

  function toothOf(axis: number): Pick<Comb, 'stride' | 'count'> {
    return { stride: strides[axis]!, count: count[axis]! };
  }
}

/** Reads runs through the sieve buffer; it holds what one dataset was last read with. */
function sieveReader(reads: number[]): (runs: Iterable<Comb>, start: number, size: number) => void {
  let held = { from: 0, to: 0 };
  return (runs, start, size) => {
    for (const { offset, length, stride, count } of runs) {
      let tooth = 0;
      while (tooth < count) {
        const from = start + offset + tooth * stride;
        if (from >= held.from && from + length <= held.to) {
          // All the runs that lie in the buffer, at once.
          tooth += Math.floor((held.to - length - from) / stride) + 1;
          continue;
        }
        tooth++;
        if (length > SIEVE) {
          reads.push(from, length);
          continue;
        }
        held = { from, to: Math.min(from + SIEVE, start + size) };
        reads.push(from, held.to - from);
      }
    }
  };
}

/** Says whether a chunk is in the cache, and puts it there. */
function createChunkCache(
  { shape, chunkShape }: PlacedArray,
  chunkBytes: number,
  { bytes = 2 ** 20, slots = 521 }: ChunkCache,
): (chunk: number, coordinates: readonly number[]) => boolean {
  const { gridShape } = chunkGrid(shape, chunkShape);
  const bits = gridShape.map((chunks) => Math.ceil(Math.log2(Math.max(2, chunks))));
  const most = Math.floor(bytes / chunkBytes);
  /** Slot → chunk, the least recently used first. */
  const held = new Map<number, number>();
  return (chunk, coordinates) => {
    const slot = Number(
      coordinates.reduce((hash, at, axis) => (hash << BigInt(bits[axis]!)) ^ BigInt(at), 0n) %
        BigInt(slots),
    );
    const hit = held.get(slot) === chunk;
    held.delete(slot);
    held.set(slot, chunk);
    if (held.size > most) held.delete(held.keys().next().value!);
    return hit;
  };
}

const SIEVE = 64 * 1024;
