import type { ChunkIndex, ChunkLocations } from '../chunking/chunk-index.js';
import type { ErrorPlace } from '../errors.js';
import { READ_RECORD, type AssemblySpec, type Damage } from './assembly.js';
import type { Choose } from './augmentation/choices.js';
import type { CorruptImage } from './corruption.js';
import type { Executor } from './executor.js';
import { locateFailure } from './locate-failure.js';
import { chunksOf, planTasks, type TaskLimits } from './plan-tasks.js';
import { checksOfTask, type PlanChecks } from './verification.js';

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
  /** Milliseconds spent planning reads, the chunk index included. */
  readonly planTime: number;
  /** Milliseconds that all threads together spent reading; undoing filters; verifying; assembling. */
  readonly readTime: number;
  readonly decodeTime: number;
  readonly verifyTime: number;
  readonly assembleTime: number;
  /** Planes held to their checksums. */
  readonly verified: number;
  /**
   * Planes that `verify` chose and that couldn't be checked: only a part of them was read (a crop), or
   * the file has no checksums.
   */
  readonly unverified: number;
}

/** How planes are checked. */
export interface Integrity {
  readonly plan: PlanChecks;
  /** Channel number of each channel delivered. */
  readonly channels: readonly number[];
}

/** A batch on its way. */
export interface BatchFill {
  /** Settles when the batch is filled, to the images found damaged, or rejects as soon as it can't be. */
  readonly filled: Promise<readonly CorruptImage[]>;
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
 * @param integrity how planes are checked
 * @param choose chooses how images are augmented; undefined where they are delivered as they are
 */
export function createLane(
  index: Pick<ChunkIndex, 'locate'>,
  spec: AssemblySpec,
  imageBytes: number,
  executor: Executor,
  limits: TaskLimits,
  integrity: Integrity,
  choose?: Choose,
): Lane {
  const { height, width, channels } = spec.kernel;
  const storedImageBytes = height * width * channels * spec.elementSize;
  const stats = {
    ...{ bytesWanted: 0, bytesRead: 0, requests: 0, verified: 0, unverified: 0 },
    ...{ planTime: 0, readTime: 0, decodeTime: 0, verifyTime: 0, assembleTime: 0 },
  };

  return {
    async fill(batches, signal) {
      const began = performance.now();
      const total = batches.reduce((sum, batch) => sum + batch.images.length, 0);
      const images = new Float64Array(total);
      const targets = new Float64Array(total);
      const epochs = new Float64Array(total);
      const batchOf = new Uint32Array(total);
      const rowOf = new Uint32Array(total);
      let at = 0;
      batches.forEach((batch, number) => {
        for (let i = 0; i < batch.images.length; i++, at++) {
          images[at] = batch.images[i]!;
          targets[at] = batch.address + i * imageBytes;
          epochs[at] = batch.epoch;
          batchOf[at] = number;
          rowOf[at] = i;
        }
      });
      const choices = choose?.(images, epochs);
      const [locations, checks] = await Promise.all([
        index.locate(chunksOf(spec.chunks, images)),
        integrity.plan(images, epochs, choices),
      ]);
      signal.throwIfAborted();
      stats.unverified += checks.unverified;
      const waits = batches.map(() => [] as Promise<void>[]);
      const corrupt = batches.map(() => [] as CorruptImage[]);
      // Small windows are shared out too, so that every worker has a part of the first batch.
      const share = (total * storedImageBytes) / Math.max(1, executor.workers);
      const taskBytes = Math.min(limits.taskBytes, share);
      const window = { ...limits, taskBytes };
      for (const planned of planTasks(spec, images, locations, targets, window, choices)) {
        const done = planned.images;
        const checked = checksOfTask(done, checks);
        const task = checked === undefined ? planned.task : { ...planned.task, checks: checked };
        const run = executor.run(task, signal).then(
          (report) => {
            stats.readTime += report.read;
            stats.decodeTime += report.decode;
            stats.verifyTime += report.verify;
            stats.assembleTime += report.assemble;
            stats.verified += ((checked?.length ?? 0) * channels) / (1 + channels);
            for (const damage of report.damage) {
              const owner = done[damage.image]!;
              const place = placeOf(damage, images[owner]!, locations, owner);
              corrupt[batchOf[owner]!]!.push({ row: rowOf[owner]!, reason: damage.reason, place });
            }
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
      stats.planTime += performance.now() - began;
      return waits.map((tasks, batch) => ({
        filled: Promise.all(tasks).then(() => corrupt[batch]!.sort((a, b) => a.row - b.row)),
        settled: Promise.allSettled(tasks),
      }));
    },
    stats: () => ({ ...stats }),
    close: () => executor.close(),
  };

  /** Where in the file an image's damaged plane begins. */
  function placeOf(
    { channel, piece }: Damage,
    image: number,
    { offsets, sizes }: ChunkLocations,
    owner: number,
  ): ErrorPlace {
    const { chunks, filters, elementSize } = spec;
    const number = owner * chunks.pieces.length + piece;
    const chunk = offsets[number]!;
    const { channels: held } = chunks.pieces[piece]!;
    const first = held.find(({ batchChannel }) => batchChannel === channel) ?? held[0]!;
    const row = image % chunks.imagesPerChunk;
    const inChunk = filters.length > 0 ? 0 : row * chunks.imageStride + first.offset;
    return {
      ...spec.place,
      image,
      ...(channel === undefined ? {} : { channel: integrity.channels[channel]! }),
      // Where the HDF5 library reads, offsets aren't those of the file, and there are no sizes.
      ...(chunk < 0 || sizes[number] === 0 ? {} : { offset: chunk + inChunk * elementSize }),
    };
  }
}
