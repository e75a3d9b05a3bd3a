import type { Batch, BatchArray, BatchDtype, ColumnValues } from './batch.js';
import type { BatchMemory } from './batch-memory.js';
import { pickRows, type Column } from './columns.js';
import type { GrowingContent } from './content.js';
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
  /** Settles when the values of its columns are there; left out where they are from the beginning. */
  readonly columnsRead: Promise<void> | undefined;
  /**
   * The batch, once it is filled and its columns are read.
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
  readonly content: Pick<GrowingContent, 'current'>;
}

export function createBatchSlot<D extends BatchDtype>(
  memory: BatchMemory,
  address: number,
  { epoch, position, indices, after }: PlannedBatch,
  layout: BatchLayout<D>,
): BatchSlot<D> {
  const { dtype, imageShape, imageBytes } = layout;
  const { columns } = layout.content.current();
  let retained = false;
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    if (current === undefined) memory.free(address);
    else memory.freeUnused(address, noteReturn(current.images));
  };
  const make = (images: Uint32Array, values: Readonly<Record<string, ColumnValues>>): Batch<D> => {
    const shape = [images.length, ...imageShape] as const;
    const length = shape.reduce((a, b) => a * b, 1);
    return {
      epoch,
      position,
      indices: images,
      images: view(memory.wasm.buffer, address, dtype, length),
      shape,
      dtype,
      columns: values,
      retain() {
        retained = true;
        return this;
      },
      release,
      [Symbol.dispose]: release,
    };
  };
  // Its columns are looked up while it is filled: the consumer doesn't wait for that.
  const { values, read } = gatherColumns(columns, indices);
  let current: Batch<D> | undefined;
  return {
    indices,
    epoch,
    address,
    after,
    columnsRead: read,
    deliver(rows) {
      if (rows === undefined) return (current = make(indices, values));
      const bytes = new Uint8Array(memory.wasm.buffer, address, indices.length * imageBytes);
      // Rows move towards the front, or come from ones that stay where they are.
      rows.forEach((row, i) => {
        if (row !== i) bytes.copyWithin(i * imageBytes, row * imageBytes, (row + 1) * imageBytes);
      });
      const images = rows.map((row) => indices[row]!);
      return (current = make(images, pickColumns(columns, values, rows)));
    },
    end() {
      if (!retained) release();
    },
  };
}

type Columns = Readonly<Record<string, Column>>;

interface GatheredColumns {
  /** By name; complete once they are read. */
  readonly values: Record<string, ColumnValues>;
  readonly read: Promise<void> | undefined;
}

function gatherColumns(columns: Columns, images: Uint32Array): GatheredColumns {
  const values: Record<string, ColumnValues> = {};
  const waits: Promise<void>[] = [];
  for (const [name, column] of Object.entries(columns)) {
    const gathered = column.gather(images);
    if (gathered instanceof Promise) {
      // Keeps its place among the names.
      values[name] = [];
      waits.push(gathered.then((read) => void (values[name] = read)));
    } else {
      values[name] = gathered;
    }
  }
  if (waits.length === 0) return { values, read: undefined };
  const read = Promise.all(waits).then(() => undefined);
  // A batch that is never asked for may fail unseen.
  read.catch(() => undefined);
  return { values, read };
}

function pickColumns(
  columns: Columns,
  values: Readonly<Record<string, ColumnValues>>,
  rows: Uint32Array,
): Record<string, ColumnValues> {
  return Object.fromEntries(
    Object.entries(values).map(([name, all]) => [name, pickRows(all, columns[name]!.width, rows)]),
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
