import type { ChunkBlock, ChunkIndex } from '../chunk-index.js';
import { CorruptFileError } from '../../errors.js';
import { emptyLocations, lazyIndex, type IndexContext } from './lazy-index.js';
import { positionalNumbering } from './positional-numbering.js';

const SCAN_BLOCK = 4096;

/**
 * The implicit index: every chunk of the largest grid is allocated, one behind the other.
 *
 * Source: HDF5 File Format Specification, "Implicit Indexing" under "The Data Layout Message".
 */
export function implicitIndex(context: IndexContext): ChunkIndex {
  const { file, address, grid } = context;
  const { chunkBytes } = context.records;
  const numbering = positionalNumbering(grid, context.maxShape);
  if (address + numbering.end * chunkBytes > file.size) {
    throw new CorruptFileError(
      `Expected ${numbering.end} chunks of ${chunkBytes} bytes within the file's ${file.size}`,
      { place: { ...file.place, structure: 'implicit chunk index', offset: address } },
    );
  }
  return lazyIndex('implicit', context, {
    find(chunk, into, at) {
      into.offsets[at] = address + numbering.position(chunk) * chunkBytes;
      into.sizes[at] = chunkBytes;
      into.filterMasks[at] = 0;
      return true;
    },
    load: () => Promise.resolve(),
    async *scan(): AsyncGenerator<ChunkBlock> {
      for (let first = 0; first < grid.count; first += SCAN_BLOCK) {
        const count = Math.min(SCAN_BLOCK, grid.count - first);
        const chunks = new Float64Array(count);
        const locations = emptyLocations(count);
        locations.sizes.fill(chunkBytes);
        for (let i = 0; i < count; i++) {
          chunks[i] = first + i;
          locations.offsets[i] = address + numbering.position(first + i) * chunkBytes;
        }
        yield await Promise.resolve({ chunks, ...locations });
      }
    },
  });
}
