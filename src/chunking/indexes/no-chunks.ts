import type { ChunkGrid } from '../chunk-grid.js';
import type { ChunkIndex, ChunkIndexKind } from '../chunk-index.js';
import { copyAbsent } from './chunk-records.js';
import { lazyIndex } from './lazy-index.js';

/** The index of a chunked dataset into which nothing has been written: it has no address yet. */
export function noChunksIndex(kind: ChunkIndexKind, grid: ChunkGrid): ChunkIndex {
  return lazyIndex(
    kind,
    { grid, unfilteredEdges: false },
    {
      find(_chunk, into, at) {
        copyAbsent(into, at);
        return true;
      },
      load: () => Promise.resolve(),
      scan: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(DONE) }) }),
    },
  );
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
