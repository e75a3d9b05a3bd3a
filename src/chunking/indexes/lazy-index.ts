import { CorruptFileError, InvalidOptionError } from '../../errors.js';
import { isPartialChunk, type ChunkGrid } from '../chunk-grid.js';
import type {
  ChunkBlock,
  ChunkEntry,
  ChunkIndex,
  ChunkIndexKind,
  ChunkLocations,
} from '../chunk-index.js';
import type { Hdf5File } from '../format/hdf5-file.js';
import type { RecordFormat } from './chunk-records.js';

/** What every kind of index is opened with. */
export interface IndexContext {
  readonly file: Hdf5File;
  /** Absolute file offset of the index; not `UNDEFINED`. */
  readonly address: number;
  readonly grid: ChunkGrid;
  /** `null` is unlimited. */
  readonly maxShape: readonly (number | null)[];
  readonly records: RecordFormat;
  /** Partial edge chunks are stored without filters. */
  readonly unfilteredEdges: boolean;
}

/** What makes one kind of index different from the others. */
export interface IndexBlocks {
  /** Writes where a chunk lies; `false` when the block that says so hasn't been read yet. */
  readonly find: (chunk: number, into: ChunkLocations, at: number) => boolean;
  /** Reads all that `find` needs for this chunk. */
  readonly load: (chunk: number) => Promise<unknown>;
  /** All allocated chunks in the order of the index. */
  readonly scan: () => AsyncIterable<ChunkBlock>;
}

/** Blocks asked for at the same time. */
export const PARALLEL_LOADS = 16;

/** A chunk index that finds chunks in the blocks read so far, and reads those that it lacks. */
export function lazyIndex(
  kind: ChunkIndexKind,
  grid: ChunkGrid,
  unfilteredEdges: boolean,
  { find, load, scan }: IndexBlocks,
): ChunkIndex {
  function markEdge(chunk: number, into: ChunkLocations, at: number): void {
    if (into.offsets[at] !== -1 && isPartialChunk(grid, chunk)) into.filterMasks[at] = 0xffffffff;
  }

  async function locate(chunks: ArrayLike<number>): Promise<ChunkLocations> {
    const locations = emptyLocations(chunks.length);
    let missing: number[] | undefined;
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i]!;
      if (!(chunk >= 0 && chunk < grid.count && Number.isInteger(chunk)))
        throw noChunk(chunk, grid);
      if (!find(chunk, locations, i)) (missing ??= []).push(i);
    }
    for (let from = 0; missing !== undefined && from < missing.length; from += PARALLEL_LOADS) {
      const some = missing.slice(from, from + PARALLEL_LOADS);
      await Promise.all(some.map((i) => load(chunks[i]!)));
      for (const i of some) find(chunks[i]!, locations, i);
    }
    if (unfilteredEdges) {
      for (let i = 0; i < chunks.length; i++) markEdge(chunks[i]!, locations, i);
    }
    return locations;
  }

  async function* blocks(): AsyncGenerator<ChunkBlock> {
    for await (const block of scan()) {
      if (unfilteredEdges)
        block.chunks.forEach((chunk, i) => {
          markEdge(chunk, block, i);
        });
      if (block.chunks.length > 0) yield block;
    }
  }

  async function* entries(): AsyncGenerator<ChunkEntry> {
    for await (const { chunks, offsets, sizes, filterMasks } of blocks()) {
      for (let i = 0; i < chunks.length; i++) {
        yield {
          chunk: chunks[i]!,
          offset: offsets[i]!,
          size: sizes[i]!,
          filterMask: filterMasks[i]!,
        };
      }
    }
  }

  return { kind, locate, blocks, entries };
}

/**
 * Refuses to read more index blocks than the file has bytes: since each is read once, some must
 * then overlap, as in no sound file. It bounds the memory and the time that an index takes.
 */
export function blockBudget(file: Hdf5File): (length: number, offset: number) => void {
  let total = 0;
  return (length, offset) => {
    total += length;
    if (total <= file.size) return;
    throw new CorruptFileError('Expected the blocks of the chunk index not to overlap', {
      place: { ...file.place, structure: 'chunk index', offset },
    });
  };
}

export function emptyLocations(length: number): ChunkLocations {
  return {
    offsets: new Float64Array(length),
    sizes: new Float64Array(length),
    filterMasks: new Uint32Array(length),
  };
}

function noChunk(chunk: number, grid: ChunkGrid): InvalidOptionError {
  return new InvalidOptionError(
    `Expected a chunk number from 0 to ${grid.count - 1}, got ${chunk}`,
  );
}
