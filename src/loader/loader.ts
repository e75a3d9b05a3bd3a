import { ClosedError } from '../errors.js';
import { abortable } from './abortable.js';
import type { Batch, BatchDtype } from './batch.js';
import type { PlannedBatch } from './batch-slot.js';
import type { LaneStats } from './lane.js';
import type { LoaderParts } from './loader-parts.js';
import { epochOrder } from './order.js';
import { createPrefetcher, type FillingBatch } from './prefetcher.js';
import { toDataset, type DatasetOptions, type TfData } from './tensors.js';

/**
 * Streams batches of images. Iterating delivers `epochs` epochs; each further iteration goes on with
 * the next epoch, newly shuffled. One iteration runs at a time: starting another ends the one before.
 */
export interface Loader<D extends BatchDtype = BatchDtype>
  extends AsyncIterable<Batch<D>>, AsyncDisposable {
  /** Images in an epoch. */
  readonly length: number;
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  /** Shape of one image in a batch, in the batch's layout. */
  readonly imageShape: readonly [number, number, number];
  readonly dtype: D;
  /** `fast`: planefeed's own reader; `h5wasm`: the HDF5 library, for what the fast lane doesn't read. */
  readonly lane: 'fast' | 'h5wasm';
  /** Why the lane is `h5wasm`: the HDF5 feature that the fast lane lacks. */
  readonly laneReason: string | undefined;
  /** What a column's integers stand for: its attribute `names`, where it has one. */
  classNames(column?: string): Promise<string[] | undefined>;
  stats(): LoaderStats;
  /**
   * The batches as a `tf.data.Dataset` of `{ xs, ys }` for `model.fitDataset`. Each iteration (an epoch
   * of `fitDataset`) is the next epoch. Batches are released by themselves.
   */
  toDataset<T, S>(tf: TfData<T, S>, options?: DatasetOptions): S;
  /** Ends the iteration, the threads and the file. Retained batches stay valid. */
  close(): Promise<void>;
}

/** Counted since the loader was opened. Times in milliseconds. */
export interface LoaderStats extends LaneStats {
  readonly batches: number;
  readonly images: number;
  /** The consumer waited for a batch. */
  readonly waitTime: number;
  /** The consumer worked on a batch. */
  readonly consumerTime: number;
  /** Bytes of batches and scratch in use. */
  readonly memoryUsed: number;
}

export function createLoader<D extends BatchDtype>(parts: LoaderParts<D>): Loader<D> {
  const { options, length, imageShape, dtype, lane } = parts;
  const { batchSize, dropLast, signal } = options;
  const batchesPerEpoch = dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
  const counts = { batches: 0, images: 0, waitTime: 0, consumerTime: 0 };
  let nextEpoch = 0;
  let active: AsyncGenerator<Batch<D>, void, void> | undefined;
  let closing: Promise<void> | undefined;

  async function* iterate(
    before: AsyncGenerator<Batch<D>, void, void> | undefined,
  ): AsyncGenerator<Batch<D>, void, void> {
    await before?.return();
    if (closing !== undefined) throw new ClosedError('Expected an open loader, got a closed one');
    const upcoming = plannedBatches(nextEpoch, batchesPerEpoch, parts);
    const filling = createPrefetcher(parts, upcoming);
    let current: FillingBatch<D> | undefined;
    try {
      for (;;) {
        const asked = performance.now();
        signal?.throwIfAborted();
        current = filling.next();
        if (current === undefined) return;
        nextEpoch = current.batch.epoch + 1;
        await abortable(current.filled, signal);
        counts.batches++;
        counts.images += current.batch.indices.length;
        const delivered = performance.now();
        counts.waitTime += delivered - asked;
        yield current.batch;
        counts.consumerTime += performance.now() - delivered;
        current.end();
        current = undefined;
      }
    } finally {
      // Workers may still write into these batches: their memory goes back once they are done.
      await filling.stop(current);
    }
  }

  return {
    length,
    batchSize,
    batchesPerEpoch,
    imageShape,
    dtype,
    lane: parts.laneName,
    laneReason: parts.laneReason,
    classNames: (column = 'label') => parts.classNames(column),
    stats: () => ({ ...counts, ...lane.stats(), memoryUsed: parts.memory.used }),
    [Symbol.asyncIterator]() {
      active = iterate(active);
      return active;
    },
    toDataset(tf, datasetOptions) {
      return toDataset(tf, this, datasetOptions);
    },
    close() {
      closing ??= (async () => {
        // The threads end first, so that a batch under way fails at once rather than being waited for.
        await lane.close();
        await active?.return();
        await parts.dispose();
      })();
      return closing;
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

/** The batches of `epochs` epochs, as image numbers. */
function* plannedBatches(
  firstEpoch: number,
  batchesPerEpoch: number,
  { options, length }: LoaderParts<BatchDtype>,
): Generator<PlannedBatch, void, void> {
  const { batchSize, shuffle, seed, epochs } = options;
  if (batchesPerEpoch === 0) return;
  for (let epoch = firstEpoch; epoch < firstEpoch + epochs; epoch++) {
    const order = epochOrder(shuffle, seed, epoch, length);
    for (let number = 0; number < batchesPerEpoch; number++) {
      const position = number * batchSize;
      const size = Math.min(batchSize, length - position);
      const indices = Uint32Array.from({ length: size }, (_, i) => order(position + i));
      yield { epoch, position, indices };
    }
  }
}
