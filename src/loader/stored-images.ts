import type { ChunkIndex } from '../chunking/chunk-index.js';
import type { DatasetLayout } from '../chunking/dataset-layout.js';

/** What the loader needs to know of a dataset, whichever lane reads it. */
export interface StoredImages extends Pick<
  DatasetLayout,
  'path' | 'shape' | 'chunkShape' | 'type' | 'filters' | 'fillValue'
> {
  readonly index: Pick<ChunkIndex, 'locate'>;
}
