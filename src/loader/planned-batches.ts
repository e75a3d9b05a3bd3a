import type { Permutation } from './index-permutation.js';
import { imagesPerRank, positionOfRank, type RankShare } from './ranks.js';
import type { SampleOrder } from './sample-order.js';

/** A place between two images of the stream. */
export interface StreamPoint {
  readonly epoch: number;
  /** Images of the epoch that all ranks together have delivered: the next position of its order. */
  readonly position: number;
}

/** Which images a batch holds and where in the order they stand. */
export interface PlannedBatch {
  readonly epoch: number;
  readonly position: number;
  readonly indices: Uint32Array;
  /** Where the stream is once the batch is delivered. */
  readonly after: StreamPoint;
}

/** How an order is cut into batches. */
export interface BatchPlan {
  readonly order: SampleOrder;
  readonly share: RankShare;
  readonly batchSize: number;
  readonly dropLast: boolean;
}

/** Batches that a rank delivers of an epoch from a position on. */
export function batchesOfEpoch(plan: BatchPlan, start = 0): number {
  const batches = imagesPerRank(plan.share, plan.order.length, start) / plan.batchSize;
  return plan.dropLast ? Math.floor(batches) : Math.ceil(batches);
}

/** The batches of `epochs` epochs; of the first what is left from a point on. Costs nothing to begin anywhere. */
export function* plannedBatches(
  plan: BatchPlan,
  from: StreamPoint,
  epochs: number,
): Generator<PlannedBatch, void, void> {
  const end = from.epoch + epochs;
  for (let epoch = from.epoch; epoch < end; epoch++) {
    const start = epoch === from.epoch ? from.position : 0;
    yield* batchesFrom(plan, epoch, start);
    // Nor will there be any in the epochs to come.
    if (batchesOfEpoch(plan) === 0) return;
  }
}

function* batchesFrom(
  plan: BatchPlan,
  epoch: number,
  start: number,
): Generator<PlannedBatch, void, void> {
  const { order, share, batchSize } = plan;
  const images = imagesPerRank(share, order.length, start);
  const batches = batchesOfEpoch(plan, start);
  if (batches === 0) return;
  const at = order.epoch(epoch);
  for (let number = 0; number < batches; number++) {
    const first = number * batchSize;
    const indices = new Uint32Array(Math.min(batchSize, images - first));
    fill(indices, at, order.length, (i) => positionOfRank(share, start, first + i));
    yield {
      epoch,
      position: positionOfRank(share, start, first),
      indices,
      after:
        number === batches - 1
          ? { epoch: epoch + 1, position: 0 }
          : { epoch, position: start + (first + indices.length) * share.ranks },
    };
  }
}

function fill(
  indices: Uint32Array,
  at: Permutation,
  length: number,
  position: (i: number) => number,
): void {
  // Beyond its end, an order that is padded begins again.
  for (let i = 0; i < indices.length; i++) indices[i] = at(position(i) % length);
}
