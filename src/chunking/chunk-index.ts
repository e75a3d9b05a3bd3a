/** The structure that maps chunks to file offsets, as the HDF5 specification names it. */
export type ChunkIndexKind =
  | 'v1 B-tree'
  | 'single chunk'
  | 'implicit'
  | 'fixed array'
  | 'extensible array'
  | 'v2 B-tree'
  | 'contiguous'
  | 'compact';

/**
 * Where chunks lie, one entry for each chunk asked for, as parallel arrays
 * (an object per chunk would cost more than reading it).
 */
export interface ChunkLocations {
  /** Absolute byte offsets in the file; -1 where the chunk isn't allocated (fill value). */
  readonly offsets: Float64Array;
  /** Stored bytes, after filters. */
  readonly sizes: Float64Array;
  /**
   * Bit i set: filter i of the pipeline was skipped for this chunk. All bits are set for partial
   * edge chunks of a dataset that doesn't filter those.
   */
  readonly filterMasks: Uint32Array;
}

/** Some allocated chunks, as parallel arrays. */
export interface ChunkBlock extends ChunkLocations {
  /** Chunk numbers. */
  readonly chunks: Float64Array;
}

/** One allocated chunk, as a scan of the whole index yields it. */
export interface ChunkEntry {
  readonly chunk: number;
  readonly offset: number;
  readonly size: number;
  readonly filterMask: number;
}

/**
 * Where each chunk of one dataset lies. Chunks are numbered row-major over the grid of the
 * current shape: the chunk at grid coordinates `(i, j, k)` of a grid `(a, b, c)` is number
 * `(i * b + j) * c + k`. Index blocks are read when first needed and then kept.
 */
export interface ChunkIndex {
  readonly kind: ChunkIndexKind;
  /** Locates chunks by number, in the order given. */
  locate(chunks: ArrayLike<number>): Promise<ChunkLocations>;
  /** Every allocated chunk of the current shape, in the order of the index. */
  entries(): AsyncIterable<ChunkEntry>;
  /** The same, many at a time, for those who have millions. */
  blocks(): AsyncIterable<ChunkBlock>;
}
