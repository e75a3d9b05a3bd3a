import type { BatchDtype } from './batch.js';
import { createBatchSlot, type BatchSlot } from './batch-slot.js';
import type { CorruptImage } from './corruption.js';
import type { LoaderParts } from './loader-parts.js';
import type { PlannedBatch } from './planned-batches.js';

/** A batch under way. */
export interface FillingBatch<D extends BatchDtype> extends BatchSlot<D> {
  /** Settles when the batch is filled, to the images found damaged, or rejects as soon as it can't be. */
  readonly filled: Promise<readonly CorruptImage[]>;
  /** Settles when nothing writes into the batch any more. */
  readonly settled: Promise<unknown>;
}

export interface Prefetcher<D extends BatchDtype> {
  /** The next batch, perhaps still being filled; `undefined` after the last. */
  next(): FillingBatch<D> | undefined;
  /**
   * Gives all memory back, that of the current batch too, as soon as nothing writes into it. The signal
   * must have aborted.
   */
  stop(current: FillingBatch<D> | undefined): Promise<void>;
}

/**
 * Keeps up to `prefetch` batches under way, started in windows that are planned together. Windows
 * begin with one batch, so that the first is there soon, and double.
 *
 * @param signal when it aborts, what hasn't begun never does
 */
export function createPrefetcher<D extends BatchDtype>(
  parts: LoaderParts<D>,
  upcoming: Iterator<PlannedBatch, void>,
  signal: AbortSignal,
): Prefetcher<D> {
  const { lane, memory, options, prefetch, imageBytes } = parts;
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
      slots.push(createBatchSlot(memory, address, planned.value, parts));
      planned = upcoming.next();
    }
    if (slots.length === 0) return false;
    const fills = lane.fill(
      slots.map(({ indices, epoch, address }) => ({ images: indices, epoch, address })),
      signal,
    );
    slots.forEach((slot, i) => {
      const filled = fills.then((each) => each[i]!.filled);
      // A batch that is never asked for may fail unseen.
      filled.catch(() => undefined);
      const settled = fills.then(
        (each) => each[i]!.settled,
        () => undefined,
      );
      queue.push({ ...slot, filled, settled });
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
      await Promise.all(rest.map((one) => one.settled));
      for (const one of rest) one.end();
      queue.length = 0;
    },
  };
}
