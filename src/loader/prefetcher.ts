import type { BatchDtype } from './batch.js';
import { createBatchSlot, type BatchSlot } from './batch-slot.js';
import type { CorruptImage } from './corruption.js';
import type { Depth } from './depth.js';
import type { PlannedWindow } from './lane.js';
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
 * Keeps batches under way, as many as their reads make worth while, started in windows that are
 * planned together. Windows begin with one batch, so that the first is there soon, and double.
 *
 * @param signal when it aborts, what hasn't begun never does
 */
export function createPrefetcher<D extends BatchDtype>(
  parts: LoaderParts<D>,
  upcoming: Iterator<PlannedBatch, void>,
  signal: AbortSignal,
): Prefetcher<D> {
  const { lane, memory, options, depths, imageBytes } = parts;
  const queue: FillingBatch<D>[] = [];
  const batchBytes = options.batchSize * imageBytes;
  let window = 1;
  /** The next window, planned while there is no room for it yet: it can then start at once. */
  let ahead = planWindow(take(1), Promise.resolve());

  return {
    next() {
      while (ahead !== undefined) {
        const { prefetch } = depth();
        if (queue.length > 0 && queue.length + ahead.batches.length > prefetch) break;
        if (!startWindow(ahead)) break;
      }
      const head = queue.shift();
      if (head === undefined && ahead !== undefined) throw memory.limitError(batchBytes, 'a batch');
      return head;
    },
    async stop(current) {
      const rest = current === undefined ? queue : [current, ...queue];
      await Promise.all([...rest.map((one) => one.settled), ahead?.plan.catch(() => undefined)]);
      for (const one of rest) one.end();
      queue.length = 0;
    },
  };

  function depth(): Depth {
    return lane.deepPays() ? depths.deep : depths.shallow;
  }

  function take(count: number): PlannedBatch[] {
    const batches: PlannedBatch[] = [];
    while (batches.length < count) {
      const next = upcoming.next();
      if (next.done === true) break;
      batches.push(next.value);
    }
    return batches;
  }

  /** @param before windows are planned one after the other, so that the first isn't held up by others */
  function planWindow(
    batches: readonly PlannedBatch[],
    before: Promise<unknown>,
  ): Ahead | undefined {
    if (batches.length === 0) return undefined;
    const plan = before.catch(() => undefined).then(() => lane.plan(batches));
    // A window that never starts may fail unseen.
    plan.catch(() => undefined);
    return { batches, plan };
  }

  /** Starts the window, or as much of it as there is room for; false when that is nothing. */
  function startWindow({ batches, plan }: Ahead): boolean {
    const slots: BatchSlot<D>[] = [];
    for (const batch of batches) {
      // Prefetching leaves a quarter of the memory to scratch; the batch asked for may take all.
      const needed = queue.length + slots.length === 0 ? 0 : memory.limit / 4;
      if (memory.limit - memory.used - batchBytes < needed) break;
      const address = memory.allocate(batch.indices.length * imageBytes);
      if (address === undefined) break;
      slots.push(createBatchSlot(memory, address, batch, parts));
    }
    if (slots.length === 0) return false;
    const whole = slots.length === batches.length;
    start(slots, whole ? plan : plan.then(() => lane.plan(slots)));
    if (whole) window = Math.min(2 * window, depth().window);
    ahead = planWindow(whole ? take(window) : batches.slice(slots.length), plan);
    return true;
  }

  function start(slots: readonly BatchSlot<D>[], plan: Promise<PlannedWindow>): void {
    const addresses = slots.map(({ address }) => address);
    const fills = plan.then((planned) => planned.start(addresses, signal));
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
  }
}

interface Ahead {
  readonly batches: readonly PlannedBatch[];
  readonly plan: Promise<PlannedWindow>;
}
