import { ClosedError } from '../errors.js';
import { abortable } from './abortable.js';
import type { Batch, BatchDtype } from './batch.js';
import type { Content } from './content.js';
import { createIteration, replacedByAnother, type Iteration } from './iteration.js';
import { createCorruptionPolicy } from './corruption.js';
import { closedUnderWay } from './executor.js';
import { explainStats, type Explanation } from './explain.js';
import type { LoaderParts } from './loader-parts.js';
import { measureMixing, type Mixing } from './mixing.js';
import {
  batchesOfEpoch,
  plannedBatches,
  type BatchPlan,
  type PlannedBatch,
  type StreamPoint,
} from './planned-batches.js';
import { createPrefetcher, type FillingBatch } from './prefetcher.js';
import { imagesPerRank } from './ranks.js';
import type { LoaderState } from './state.js';
import { createStatistics, type LoaderStats } from './statistics.js';
import { toDataset, type DatasetOptions, type TfData } from './tensors.js';

/**
 * Streams batches of images. Iterating delivers `epochs` epochs; each further iteration goes on with
 * the next epoch, newly shuffled. One iteration runs at a time: starting another ends the one before,
 * which gets a ClosedError where it asks for more.
 */
export interface Loader<D extends BatchDtype = BatchDtype>
  extends AsyncIterable<Batch<D>>, AsyncDisposable {
  /**
   * Images that it delivers in an epoch; with `ranks`, the part of this rank. With `follow`, this and what
   * depends on it are those of the epoch under way.
   */
  readonly length: number;
  /** Images in the file; those that were there when `state` was taken, where it goes on from one. */
  readonly imagesInFile: number;
  /** Which of the `ranks` that share every epoch it is. */
  readonly rank: number;
  readonly ranks: number;
  readonly batchSize: number;
  /** Of a whole epoch: one that goes on from a `state` has what is left. */
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
  /** What limits the speed so far, and what can be done about it. */
  explain(): Explanation;
  /** How well the order mixes the images: measured on a sample of it, without reading any. */
  mixing(): Mixing;
  /**
   * Where the stream is: pass it as the option `state`, to this version or a later one, and the next
   * image is exactly the next, at once. Inside the loop the batch at hand counts as delivered; to have
   * it again after a crash, keep the state that was taken before it: at the end of the loop's body, and
   * before the loop. Workers, `prefetch`, `batchSize`, `ranks` and whatever concerns the pixels may be
   * others when going on; the position counts images, so batches of another size begin at this image.
   *
   * @example
   * await writeFile('state.json', JSON.stringify(loader.state()));
   * // later
   * const state = JSON.parse(await readFile('state.json', 'utf8'));
   * const loader = await openLoader('photos.h5', { shuffle: 'full', seed: 1, state });
   */
  state(): LoaderState;
  /**
   * The batches as a `tf.data.Dataset` of `{ xs, ys }` for `model.fitDataset`. Each iteration (an epoch
   * of `fitDataset`) is the next epoch. Batches are released by themselves.
   */
  toDataset<T, S>(tf: TfData<T, S>, options?: DatasetOptions): S;
  /**
   * Ends the iteration, the threads and the file: whoever waits for a batch gets a ClosedError. Retained
   * batches stay valid.
   */
  close(): Promise<void>;
}

export function createLoader<D extends BatchDtype>(parts: LoaderParts<D>): Loader<D> {
  const { options, content, imageShape, dtype, lane } = parts;
  const { batchSize, dropLast } = options;
  const { share } = options.order;
  const plan = (): BatchPlan => ({ order: content.current().order, share, batchSize, dropLast });
  const statistics = createStatistics(parts.facts.workers);
  const corruption = createCorruptionPolicy(options.onCorrupt);
  let mixing: { readonly of: Content; readonly measured: Mixing } | undefined;
  /** Where the next iteration begins. */
  let next: StreamPoint = content.start;
  /** Where the stream is: all batches before were delivered. */
  let reached: StreamPoint = content.start;
  /** The latest that began. */
  let active: Iteration<Batch<D>> | undefined;
  /** Settles when all memory of the iterations before is back. */
  let drained: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  async function* iterate(
    self: Iteration<Batch<D>>,
    ended: AbortController,
  ): AsyncGenerator<Batch<D>, void, void> {
    const before = active;
    active = self;
    await before?.end(replacedByAnother(), true);
    await drained;
    ended.signal.throwIfAborted();
    if (closing !== undefined) throw new ClosedError('Expected an open loader, got a closed one');
    reached = next;
    next = { epoch: next.epoch + 1, position: 0 };
    // An epoch that follows the file begins when the one before has ended: all others go on without a gap.
    const { grow } = content;
    const epochs = grow === undefined ? options.epochs : 1;
    for (let left = options.epochs; left > 0; left -= epochs) {
      const from = reached;
      if (grow !== undefined && from.position === 0) {
        await abortable(grow(), ended.signal);
        if (batchesOfEpoch(plan()) === 0) return;
      }
      yield* deliver(plannedBatches(plan(), from, epochs), ended);
      // Of an epoch that a state goes on with there may be nothing left.
      if (grow !== undefined && reached === from) reached = { epoch: from.epoch + 1, position: 0 };
    }
  }

  async function* deliver(
    upcoming: Iterator<PlannedBatch, void>,
    ended: AbortController,
  ): AsyncGenerator<Batch<D>, void, void> {
    const filling = createPrefetcher(parts, upcoming, ended.signal);
    let current: FillingBatch<D> | undefined;
    let finished = false;
    try {
      for (let asked = performance.now(); ;) {
        ended.signal.throwIfAborted();
        current = filling.next();
        if (current === undefined) break;
        next = { epoch: current.epoch + 1, position: 0 };
        const corrupt = await abortable(current.filled, ended.signal);
        if (current.columnsRead !== undefined) await abortable(current.columnsRead, ended.signal);
        const batch = current.deliver(corruption.accept(corrupt, current.indices.length));
        reached = current.after;
        // Where all of its images were skipped, the next batch comes instead.
        if (batch.indices.length > 0) {
          const delivered = performance.now();
          statistics.delivered(batch.indices.length, delivered - asked);
          yield batch;
          asked = performance.now();
          statistics.consumed(asked - delivered);
        }
        current.end();
        current = undefined;
      }
      finished = true;
    } finally {
      // Workers may still write into these batches: their memory goes back once they are done, for
      // which nobody but the next iteration has to wait.
      if (!finished) ended.abort();
      drained = filling.stop(current);
    }
  }

  const stats = (): LoaderStats =>
    statistics.stats(lane.stats(), corruption.counts(), parts.memory.used);

  return {
    get length() {
      return imagesPerRank(share, content.current().order.length);
    },
    get imagesInFile() {
      return content.current().rows;
    },
    rank: share.rank,
    ranks: share.ranks,
    batchSize,
    get batchesPerEpoch() {
      return batchesOfEpoch(plan());
    },
    imageShape,
    dtype,
    lane: parts.laneName,
    laneReason: parts.laneReason,
    classNames: (column = 'label') => parts.classNames(column),
    stats,
    explain: () => explainStats(stats(), parts.facts),
    mixing() {
      const of = content.current();
      if (mixing?.of !== of) {
        mixing = { of, measured: measureMixing(of.order, of.rows, batchSize) };
      }
      return mixing.measured;
    },
    state: () => ({ version: 1, ...reached, ...content.current().identity }),
    [Symbol.asyncIterator]() {
      const iteration: Iteration<Batch<D>> = createIteration(
        (ended) => iterate(iteration, ended),
        options.signal,
      );
      return iteration.iterator;
    },
    toDataset(tf, datasetOptions) {
      return toDataset(tf, this, datasetOptions);
    },
    close() {
      closing ??= (async () => {
        await active?.end(closedUnderWay());
        await lane.close();
        await drained;
        await parts.dispose();
      })();
      return closing;
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}
