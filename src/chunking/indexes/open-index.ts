import { chunkGrid } from '../chunk-grid.js';
import { UNDEFINED } from '../format/cursor.js';
import type { ChunkedLayout } from '../format/data-layout.js';
import type { Dataspace } from '../format/dataspace.js';
import type { Hdf5File } from '../format/hdf5-file.js';
import { btreeV1Index } from './btree-v1.js';
import { btreeV2Index } from './btree-v2.js';
import { extensibleArrayIndex } from './extensible-array.js';
import { fixedArrayIndex } from './fixed-array.js';
import { implicitIndex } from './implicit.js';
import type { GrowableIndex, IndexContext } from './lazy-index.js';
import { noChunksIndex } from './no-chunks.js';
import { oneChunkIndex } from './one-chunk.js';

/** An index, and where in the file it is. */
export interface OpenedIndex {
  readonly index: GrowableIndex;
  readonly address: number;
}

/**
 * The index of a chunked dataset. Nothing of it is read yet.
 *
 * @param before the index of the same dataset before it grew
 */
export function openChunkIndex(
  file: Hdf5File,
  layout: ChunkedLayout,
  { shape, maxShape }: Dataspace,
  filtered: boolean,
  before?: OpenedIndex,
): GrowableIndex {
  const { index, indexAddress: address, chunkShape } = layout;
  const grid = chunkGrid(shape, chunkShape);
  const chunkBytes = chunkShape.reduce((product, n) => product * n, layout.elementSize);
  const context: IndexContext = {
    file,
    address,
    grid,
    maxShape,
    records: {
      filtered,
      sizeBytes: layout.sizeBytes,
      chunkBytes,
      get fileSize() {
        return file.size;
      },
    },
    unfilteredEdges: layout.unfilteredEdges && filtered,
  };
  if (address === UNDEFINED) return noChunksIndex(index.kind, grid);
  if (before?.index.grown !== undefined && before.address === address) {
    return before.index.grown(context);
  }
  switch (index.kind) {
    case 'v1 B-tree':
      return btreeV1Index(context);
    case 'single chunk': {
      const { size, mask } = index.filtered ?? { size: chunkBytes, mask: 0 };
      return oneChunkIndex(index.kind, file, grid, {
        offset: address,
        size,
        filterMask: mask,
        unfilteredEdges: context.unfilteredEdges,
      });
    }
    case 'implicit':
      return implicitIndex(context);
    case 'fixed array':
      return fixedArrayIndex(context);
    case 'extensible array':
      return extensibleArrayIndex(context);
    case 'v2 B-tree':
      return btreeV2Index(context);
  }
}
