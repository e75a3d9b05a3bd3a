import type { ChunkIndex } from './chunk-index.js';

/** A numeric element type that the fast lane reads. `kind` and `size` name it as numpy does. */
export interface ElementType {
  /** `u` unsigned integer, `i` signed integer, `f` IEEE 754 float. */
  readonly kind: 'u' | 'i' | 'f';
  /** Bytes: 1, 2, 4, 8. */
  readonly size: number;
  readonly littleEndian: boolean;
}

/** One filter of a dataset's pipeline, in the order in which they were applied on writing. */
export interface FilterSpec {
  /** HDF5's registered filter number: 1 deflate, 2 shuffle, 3 fletcher32, … */
  readonly id: number;
  readonly name: string;
  /** The filter may be left out where it fails. */
  readonly optional: boolean;
  readonly clientData: readonly number[];
}

/** Everything needed to read a dataset's elements without the HDF5 library. */
export interface DatasetLayout {
  /** Path in the file, `/images`. */
  readonly path: string;
  readonly shape: readonly number[];
  /** `null` is unlimited. */
  readonly maxShape: readonly (number | null)[];
  readonly type: ElementType;
  /** Elements per chunk; of a contiguous or compact dataset the whole shape (one chunk). */
  readonly chunkShape: readonly number[];
  readonly storage: 'chunked' | 'contiguous' | 'compact';
  readonly filters: readonly FilterSpec[];
  /** Partial edge chunks are stored without filters ("don't filter partial edge chunks"). */
  readonly unfilteredEdges: boolean;
  /** Bytes of one element in the file's byte order; zeros where none is defined. */
  readonly fillValue: Uint8Array;
  readonly index: ChunkIndex;
  /**
   * The dataset as it is now, after its writer appended to it and flushed or closed the file. Reads
   * the object header again, and later, where they are needed, those index blocks in which chunks
   * were missing or, with filters, chunks at the edge will have been stored anew. This layout and
   * its index keep their shape and go on, through what the new one reads.
   *
   * The writer may only have appended, or written chunks that were missing. Where it has changed,
   * removed or filled up chunks that were there, open the dataset anew.
   *
   * @throws StorageError when the file is shorter than before, CorruptFileError when what is there
   *   is not sound, as while its writer is in the middle of writing.
   */
  refresh(): Promise<DatasetLayout>;
}
