import type { Batch, BatchArray, BatchDtype, ColumnValues } from './batch.js';
import type { BatchMemory } from './batch-memory.js';
import type { PlannedBatch, StreamPoint } from './planned-batches.js';

/** A batch and its place in the loader's memory. */
export interface BatchSlot<D extends BatchDtype> {
  readonly batch: Batch<D>;
  readonly address: number;
  /** Where the stream is once the batch is delivered. */
  readonly after: StreamPoint;
  /** The consumer asked for the next batch: gives the memory back unless the batch is retained. */
  end(): void;
}

/** @param shape of the batch, its first number the images it holds */
export function createBatchSlot<D extends BatchDtype>(
  memory: BatchMemory,
  address: number,
  { epoch, position, indices, after }: PlannedBatch,
  dtype: D,
  shape: readonly [number, number, number, number],
  columns: Readonly<Record<string, ColumnValues>>,
): BatchSlot<D> {
  let retained = false;
  let released = false;
  const batch: Batch<D> = {
    epoch,
    position,
    indices,
    images: view(
      memory.wasm.buffer,
      address,
      dtype,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
    dtype,
    columns,
    retain() {
      retained = true;
      return this;
    },
    release() {
      if (released) return;
      released = true;
      memory.free(address);
    },
    [Symbol.dispose]() {
      this.release();
    },
  };
  return {
    batch,
    address,
    after,
    end() {
      if (!retained) batch.release();
    },
  };
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
