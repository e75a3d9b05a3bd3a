import type { TypedArray } from '../chunking/typed-array.js';

/** Element type of a batch's images. */
export type BatchDtype = 'uint8' | 'int32' | 'float32';

/** The array that holds a batch's images. */
export type BatchArray<D extends BatchDtype = BatchDtype> = D extends 'uint8'
  ? Uint8Array
  : D extends 'int32'
    ? Int32Array
    : Float32Array;

/** One value a row of a column: numbers, or strings. */
export type ColumnValues = TypedArray | string[];

/**
 * Images that belong together in one training step. Its arrays are valid until the next batch is
 * asked for, unless it is retained.
 */
export interface Batch<D extends BatchDtype = BatchDtype> extends Disposable {
  /** The pixels: a view of the loader's memory, of `shape`. */
  readonly images: BatchArray<D>;
  /** `[n, height, width, channels]`, or `[n, channels, height, width]` with layout `nchw`. */
  readonly shape: readonly [number, number, number, number];
  readonly dtype: D;
  /** Image numbers (rows of the dataset), in the order of the batch. */
  readonly indices: Uint32Array;
  /** Values of each column asked for, row `i` belongs to image `indices[i]`. */
  readonly columns: Readonly<Record<string, ColumnValues>>;
  readonly epoch: number;
  /** Position of the first image in the epoch's order; the next image is `ranks` positions on. */
  readonly position: number;
  /** Keeps the arrays valid until `release()`; returns the batch. */
  retain(): this;
  /** Gives the memory back. Reading the arrays afterwards is an error of the caller. */
  release(): void;
}
