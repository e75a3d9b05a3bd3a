import { CorruptFileError, InvalidOptionError } from '../../errors.js';
import { isPartialChunk, renumber, type ChunkGrid } from '../chunk-grid.js';
import type {
  ChunkBlock,
  ChunkEntry,
  ChunkIndex,
  ChunkIndexKind,
  ChunkLocations,
} from '../chunk-index.js';
import type { Hdf5File } from '../format/hdf5-file.js';
import type { Extent } from '../format/metadata-reader.js';
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
  /** All allocated chunks in the order of the index, whose blocks are read in file order. */
  readonly scan: () => AsyncIterable<ChunkBlock>;
  /** The index of the same dataset with another shape; left out where nothing is worth keeping. */
  readonly grown?: (context: IndexContext) => GrowableIndex;
}

/** An index that can go on when the dataset grows. */
export interface GrowableIndex extends ChunkIndex {
  /**
   * The index of the same dataset after something was appended. Index blocks in which no chunk is
   * missing, and no chunk will have been stored anew, are taken over, since nothing can have changed
   * there; all others are read again.
   * This index answers through the new one from then on, for the chunks that it had: what it
   * hasn't read yet may have moved in the file.
   */
  readonly grown?: (context: IndexContext) => GrowableIndex;
}

/** Blocks asked for at the same time. */
export const PARALLEL_LOADS = 16;
/** Likewise where all are wanted; twice as much must fit the cache of metadata. */
const SCAN_LOADS = 64;
const SCAN_BYTES = 393_216;

type LazyContext = Pick<IndexContext, 'grid' | 'unfilteredEdges'> &
  // Left out where `load` reads nothing.
  Partial<Pick<IndexContext, 'file'>>;

/** A chunk index that finds chunks in the blocks read so far, and reads those that it lacks. */
export function lazyIndex(
  kind: ChunkIndexKind,
  { grid, unfilteredEdges, file }: LazyContext,
  { find, load, scan, grown }: IndexBlocks,
): GrowableIndex {
  let successor: { index: GrowableIndex; grid: ChunkGrid } | undefined;

  function markEdge(chunk: number, into: ChunkLocations, at: number): void {
    if (into.offsets[at] !== -1 && isPartialChunk(grid, chunk)) into.filterMasks[at] = 0xffffffff;
  }

  async function locate(chunks: ArrayLike<number>): Promise<ChunkLocations> {
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i]!;
      if (!(chunk >= 0 && chunk < grid.count && Number.isInteger(chunk)))
        throw noChunk(chunk, grid);
    }
    if (successor !== undefined) {
      const { index, grid: grownGrid } = successor;
      return index.locate(Float64Array.from(chunks, (chunk) => renumber(chunk, grid, grownGrid)));
    }
    const locations = emptyLocations(chunks.length);
    let missing: number[] | undefined;
    for (let i = 0; i < chunks.length; i++) {
      if (!find(chunks[i]!, locations, i)) (missing ??= []).push(i);
    }
    for (let from = 0; missing !== undefined && from < missing.length; from += PARALLEL_LOADS) {
      const some = missing.slice(from, from + PARALLEL_LOADS);
      const loadSome = (): Promise<unknown> => Promise.all(some.map((i) => load(chunks[i]!)));
      await (file === undefined ? loadSome() : file.steadily(loadSome));
      for (const i of some) find(chunks[i]!, locations, i);
    }
    if (unfilteredEdges) {
      for (let i = 0; i < chunks.length; i++) markEdge(chunks[i]!, locations, i);
    }
    return locations;
  }

  async function* blocks(): AsyncGenerator<ChunkBlock> {
    if (successor !== undefined) {
      for await (const block of successor.index.blocks()) {
        const old = renumberBlock(block, successor.grid, grid);
        if (old.chunks.length > 0) yield old;
      }
      return;
    }
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

  if (grown === undefined) return { kind, locate, blocks, entries };
  return {
    kind,
    locate,
    blocks,
    entries,
    grown(context) {
      if (successor?.index.grown !== undefined) return successor.index.grown(context);
      const index = grown(context);
      // What is no longer there can't be found through the new one.
      const has = grid.gridShape.every((length, d) => length <= context.grid.gridShape[d]!);
      if (has) successor = { index, grid: context.grid };
      return index;
    },
  };
}

/**
 * Loads each, those first that lie first in the file: one pass over a disk, in few reads. While one
 * group is taken apart the next is being read.
 *
 * @param tryLoad the same without waiting; `false` when it has to be waited for. Where there are
 *   many small pieces, promises take longer than what they wait for.
 */
export async function loadInFileOrder<T extends Extent>(
  file: Hdf5File,
  wanted: readonly T[],
  load: (item: T) => Promise<unknown>,
  tryLoad?: (item: T) => boolean,
): Promise<void> {
  const groups = groupsOf(wanted.toSorted((a, b) => a.offset - b.offset));
  let arrived = file.prefetch(groups[0] ?? []);
  for (const [i, group] of groups.entries()) {
    const nextArrived = file.prefetch(groups[i + 1] ?? []);
    if (tryLoad !== undefined) await arrived;
    const rest = tryLoad === undefined ? group : group.filter((item) => !tryLoad(item));
    if (rest.length > 0) await Promise.all(rest.map(load));
    arrived = nextArrived;
  }
}

function groupsOf<T extends Extent>(extents: readonly T[]): T[][] {
  const groups: T[][] = [];
  let bytes = 0;
  for (const extent of extents) {
    const group = groups.at(-1);
    bytes += extent.length;
    if (group !== undefined && group.length < SCAN_LOADS && bytes <= SCAN_BYTES) {
      group.push(extent);
      continue;
    }
    groups.push([extent]);
    bytes = extent.length;
  }
  return groups;
}

/** The chunks of a block that another grid has too, by its numbers. */
function renumberBlock(block: ChunkBlock, from: ChunkGrid, to: ChunkGrid): ChunkBlock {
  const numbers = block.chunks.map((chunk) => renumber(chunk, from, to));
  const isThere = (_: number, i: number): boolean => numbers[i]! >= 0;
  return {
    chunks: numbers.filter(isThere),
    offsets: block.offsets.filter(isThere),
    sizes: block.sizes.filter(isThere),
    filterMasks: block.filterMasks.filter(isThere),
  };
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
