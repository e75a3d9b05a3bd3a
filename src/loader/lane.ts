import type { ChunkIndex } from '../chunking/chunk-index.js';
import { READ_RECORD, type AssemblySpec } from './assembly.js';
import type { Choose } from './augmentation/choices.js';
import type { Executor } from './executor.js';
import { locateFailure } from './locate-failure.js';
import { chunksOf, planTasks, type TaskLimits } from './plan-tasks.js';

/** Images to deliver together and the address that they go to. */
export interface BatchTarget {
  readonly images: ArrayLike<number>;
  readonly epoch: number;
  readonly address: number;
}

/** What reading cost so far. */
export interface LaneStats {
  /** Bytes of the pixels delivered, as stored (before any filter). */
  readonly bytesWanted: number;
  /** Bytes of all reads, gaps and compression included. */
  readonly bytesRead: number;
  readonly requests: number;
  /** Milliseconds that threads spent reading, and decoding and assembling. */
  readonly readTime: number;
  readonly assembleTime: number;
}

/** A batch on its way. */
export interface BatchFill {
  /** Settles when the batch is filled, or rejects as soon as it can't be. */
  readonly filled: Promise<void>;
  /** Settles when nothing writes into the batch any more. */
  readonly settled: Promise<unknown>;
}

/** The way from image numbers to filled batches. */
export interface Lane {
  /**
   * Plans and starts a window of batches.
   *
   * @param signal when it aborts, what hasn't begun never does
   */
  fill(batches: readonly BatchTarget[], signal: AbortSignal): Promise<BatchFill[]>;
  stats(): LaneStats;
  close(): Promise<void>;
}

/**
 * Reads by chunk index: plans the reads of a window of batches at once, in file order, and lets the
 * executor carry them out.
 *
 * @param imageBytes bytes of one image in a batch
 * @param choose chooses how images are augmented; undefined where they are delivered as they are
 */
export function createLane(
  index: Pick<ChunkIndex, 'locate'>,
  spec: AssemblySpec,
  imageBytes: number,
  executor: Executor,
  limits: TaskLimits,
  choose?: Choose,
): Lane {
  const { height, width, channels } = spec.kernel;
  const storedImageBytes = height * width * channels * spec.elementSize;
  const stats = { bytesWanted: 0, bytesRead: 0, requests: 0, readTime: 0, assembleTime: 0 };

  return {
    async fill(batches, signal) {
      const total = batches.reduce((sum, batch) => sum + batch.images.length, 0);
      const images = new Float64Array(total);
      const targets = new Float64Array(total);
      const epochs = new Float64Array(total);
      const batchOf = new Uint32Array(total);
      let at = 0;
      batches.forEach((batch, number) => {
        for (let i = 0; i < batch.images.length; i++, at++) {
          images[at] = batch.images[i]!;
          targets[at] = batch.address + i * imageBytes;
          epochs[at] = batch.epoch;
          batchOf[at] = number;
        }
      });
      const locations = await index.locate(chunksOf(spec.chunks, images));
      signal.throwIfAborted();
      const waits = batches.map(() => [] as Promise<void>[]);
      // Small windows are shared out too, so that every worker has a part of the first batch.
      const share = (total * storedImageBytes) / Math.max(1, executor.workers);
      const taskBytes = Math.min(limits.taskBytes, share);
      const planned = planTasks(
        spec,
        images,
        locations,
        targets,
        { ...limits, taskBytes },
        choose?.(images, epochs),
      );
      for (const { task, images: done } of planned) {
        const run = executor.run(task, signal).then(
          (times) => {
            stats.readTime += times.read;
            stats.assembleTime += times.assemble;
          },
          (error: unknown) => {
            throw locateFailure(error, spec, images, locations);
          },
        );
        for (const batch of new Set(done.map((image) => batchOf[image]!))) waits[batch]!.push(run);
        // A record's second number is the length of the read.
        for (let i = 1; i < task.reads.length; i += READ_RECORD) stats.bytesRead += task.reads[i]!;
        stats.requests += task.reads.length / READ_RECORD;
        stats.bytesWanted += done.length * storedImageBytes;
      }
      return waits.map((tasks) => ({
        filled: Promise.all(tasks).then(() => undefined),
        settled: Promise.allSettled(tasks),
      }));
    },
    stats: () => ({ ...stats }),
    close: () => executor.close(),
  };
}
