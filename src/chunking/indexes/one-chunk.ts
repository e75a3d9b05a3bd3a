import { CorruptFileError } from '../../errors.js';
import type { ChunkGrid } from '../chunk-grid.js';
import type { ChunkBlock, ChunkIndex, ChunkIndexKind } from '../chunk-index.js';
import { UNDEFINED } from '../format/cursor.js';
import type { Hdf5File } from '../format/hdf5-file.js';
import { lazyIndex } from './lazy-index.js';

/** A place in the file; `offset` is `UNDEFINED` where nothing is allocated. */
export interface Extent {
  readonly offset: number;
  readonly size: number;
  readonly filterMask?: number;
  /** Partial edge chunks are stored without filters. */
  readonly unfilteredEdges?: boolean;
}

/**
 * The index of what lies in one piece: contiguous and compact datasets, and the "single chunk"
 * index of a dataset whose only chunk it is.
 */
export function oneChunkIndex(
  kind: ChunkIndexKind & ('single chunk' | 'contiguous' | 'compact'),
  file: Hdf5File,
  grid: ChunkGrid,
  { offset, size, filterMask = 0, unfilteredEdges = false }: Extent,
): ChunkIndex {
  if (offset !== UNDEFINED && offset + size > file.size) {
    throw new CorruptFileError(
      `Expected the data within the file's ${file.size} bytes, got ${size} bytes at ${offset}`,
      { place: { ...file.place, structure: `${kind} data`, offset } },
    );
  }
  return lazyIndex(
    kind,
    { grid, unfilteredEdges },
    {
      find(_chunk, into, at) {
        into.offsets[at] = offset;
        into.sizes[at] = offset === UNDEFINED ? 0 : size;
        into.filterMasks[at] = filterMask;
        return true;
      },
      load: () => Promise.resolve(),
      async *scan(): AsyncGenerator<ChunkBlock> {
        if (offset === UNDEFINED || grid.count === 0) return;
        yield await Promise.resolve({
          chunks: Float64Array.of(0),
          offsets: Float64Array.of(offset),
          sizes: Float64Array.of(size),
          filterMasks: Uint32Array.of(filterMask),
        });
      },
    },
  );
}
