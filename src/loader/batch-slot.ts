import type { Batch, BatchArray, BatchDtype, ColumnValues } from './batch.js';
import type { BatchMemory } from './batch-memory.js';
import { gatherColumn, type Column } from './columns.js';
import { noteReturn } from './lending.js';
import type { PlannedBatch, StreamPoint } from './planned-batches.js';

/** A batch and its place in the loader's memory. */
export interface BatchSlot<D extends BatchDtype> {
  /** Image numbers, in the order of the batch. */
  readonly indices: Uint32Array;
  readonly epoch: number;
  readonly address: number;
  /** Where the stream is once the batch is delivered. */
  readonly after: StreamPoint;
  /**
   * The batch, once it is filled.
   *
   * @param rows of those filled that it is made of, in its order; undefined: all as they are
   */
  deliver(rows?: Uint32Array): Batch<D>;
  /** The consumer asked for the next batch: gives the memory back unless the batch is retained. */
  end(): void;
}

/** What all batches of a loader have in common. */
export interface BatchLayout<D extends BatchDtype> {
  readonly dtype: D;
  readonly imageShape: readonly [number, number, number];
  readonly imageBytes: number;
  readonly columns: Readonly<Record<string, Column>>;
}

export function createBatchSlot<D extends BatchDtype>(
  memory: BatchMemory,
  address: number,
  { epoch, position, indices, after }: PlannedBatch,
  layout: BatchLayout<D>,
): BatchSlot<D> {
  const { dtype, imageShape, imageBytes } = layout;
  let retained = false;
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    memory.freeUnused(address, noteReturn(current.images));
  };
  const make = (images: Uint32Array, columns: Readonly<Record<string, ColumnValues>>): Batch<D> => {
    const shape = [images.length, ...imageShape] as const;
    const length = shape.reduce((a, b) => a * b, 1);
    return {
      epoch,
      position,
      indices: images,
      images: view(memory.wasm.buffer, address, dtype, length),
      shape,
      dtype,
      columns,
      retain() {
        retained = true;
        return this;
      },
      release,
      [Symbol.dispose]: release,
    };
  };
  // Its columns are looked up while it is filled: the consumer doesn't wait for that.
  const whole = make(indices, columnsOf(layout, indices));
  let current = whole;
  return {
    indices,
    epoch,
    address,
    after,
    deliver(rows) {
      if (rows === undefined) return whole;
      const bytes = new Uint8Array(memory.wasm.buffer, address, indices.length * imageBytes);
      // Rows move towards the front, or come from ones that stay where they are.
      rows.forEach((row, i) => {
        if (row !== i) bytes.copyWithin(i * imageBytes, row * imageBytes, (row + 1) * imageBytes);
      });
      const images = rows.map((row) => indices[row]!);
      current = make(images, columnsOf(layout, images));
      return current;
    },
    end() {
      if (!retained) release();
    },
  };
}

function columnsOf(
  { columns }: BatchLayout<BatchDtype>,
  images: Uint32Array,
): Record<string, ColumnValues> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, gatherColumn(column, images)]),
  );
}

function view<D extends BatchDtype>(
  buffer: ArrayBufferLike,
  address: number,
  dtype: D,
  length: number,
): BatchArray<D> {
  const array =
    dtype === 'float32'
      ? new Float32Array(buffer, address, length)
      : dtype === 'int32'
        ? new Int32Array(buffer, address, length)
        : new Uint8Array(buffer, address, length);
  return array as BatchArray<D>;
}
