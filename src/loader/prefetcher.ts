import type { BatchDtype, ColumnValues } from './batch.js';
import { createBatchSlot, type BatchSlot } from './batch-slot.js';
import { gatherColumn } from './columns.js';
import type { LoaderParts } from './loader-parts.js';
import type { PlannedBatch } from './planned-batches.js';

/** A batch under way. */
export interface FillingBatch<D extends BatchDtype> extends BatchSlot<D> {
  /** Settles when the batch is filled, or rejects with why it can't be. */
  readonly filled: Promise<void>;
}

export interface Prefetcher<D extends BatchDtype> {
  /** The next batch, perhaps still being filled; `undefined` after the last. */
  next(): FillingBatch<D> | undefined;
  /** Waits for what is under way and gives all memory back, that of the current batch too. */
  stop(current: FillingBatch<D> | undefined): Promise<void>;
}

/**
 * Keeps up to `prefetch` batches under way, started in windows that are planned together. Windows
 * begin with one batch, so that the first is there soon, and double.
 */
export function createPrefetcher<D extends BatchDtype>(
  parts: LoaderParts<D>,
  upcoming: Iterator<PlannedBatch, void>,
): Prefetcher<D> {
  const { lane, memory, options, prefetch, imageShape, imageBytes, dtype, columns } = parts;
  const queue: FillingBatch<D>[] = [];
  const batchBytes = options.batchSize * imageBytes;
  let window = 1;
  let planned = upcoming.next();

  const startWindow = (): boolean => {
    const slots: BatchSlot<D>[] = [];
    while (slots.length < window && planned.done !== true) {
      // Prefetching leaves a quarter of the memory to scratch; the batch asked for may take all.
      const needed = queue.length + slots.length === 0 ? 0 : memory.limit / 4;
      if (memory.limit - memory.used - batchBytes < needed) break;
      const address = memory.allocate(planned.value.indices.length * imageBytes);
      if (address === undefined) break;
      const { indices } = planned.value;
      const values: Record<string, ColumnValues> = {};
      for (const [name, column] of Object.entries(columns)) {
        values[name] = gatherColumn(column, indices);
      }
      const shape = [indices.length, ...imageShape] as const;
      slots.push(createBatchSlot(memory, address, planned.value, dtype, shape, values));
      planned = upcoming.next();
    }
    if (slots.length === 0) return false;
    const fills = lane.fill(
      slots.map(({ batch, address }) => ({ images: batch.indices, epoch: batch.epoch, address })),
    );
    slots.forEach((slot, i) => {
      const filled = fills.then((each) => each[i]);
      // A batch that is never asked for may fail unseen.
      filled.catch(() => undefined);
      queue.push({ ...slot, filled });
    });
    window = Math.min(2 * window, parts.window);
    return true;
  };

  return {
    next() {
      while (queue.length === 0 || queue.length + window <= prefetch) {
        if (!startWindow()) break;
      }
      const head = queue.shift();
      if (head === undefined && planned.done !== true)
        throw memory.limitError(batchBytes, 'a batch');
      return head;
    },
    async stop(current) {
      const rest = current === undefined ? queue : [current, ...queue];
      await Promise.allSettled(rest.map((one) => one.filled));
      for (const one of rest) one.end();
      queue.length = 0;
    },
  };
}
