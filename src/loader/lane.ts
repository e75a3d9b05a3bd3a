import type { ChunkIndex, ChunkLocations } from '../chunking/chunk-index.js';
import type { ErrorPlace } from '../errors.js';
import { READ_RECORD, type AssemblySpec, type AssemblyTask, type Damage } from './assembly.js';
import type { Choose } from './augmentation/choices.js';
import type { CorruptImage } from './corruption.js';
import { createReadCosts } from './depth.js';
import type { Executor } from './executor.js';
import { locateFailure } from './locate-failure.js';
import {
  chunksOf,
  planTasks,
  setTargets,
  type PlannedTask,
  type TaskLimits,
} from './plan-tasks.js';
import { checksOfTask, type PlanChecks, type WindowChecks } from './verification.js';

/** Images to deliver together. */
export interface WantedBatch {
  readonly indices: ArrayLike<number>;
  readonly epoch: number;
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

/** A window of batches whose reads are planned. */
export interface PlannedWindow {
  /**
   * Starts them; to be called once.
   *
   * @param addresses of the batches' memory
   * @param signal when it aborts, what hasn't begun never does
   */
  start(addresses: readonly number[], signal: AbortSignal): BatchFill[];
}

/** The way from image numbers to filled batches. */
export interface Lane {
  /** Plans a window of batches together. */
  plan(batches: readonly WantedBatch[]): Promise<PlannedWindow>;
  stats(): LaneStats;
  /** Whether windows of more batches take less time. */
  deepPays(): boolean;
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

  const costs = createReadCosts();

  return {
    async plan(batches) {
      const began = performance.now();
      const window = imagesOf(batches);
      const { images, epochs } = window;
      const choices = choose?.(images, epochs);
      const [locations, checks] = await Promise.all([
        index.locate(chunksOf(spec.chunks, images)),
        integrity.plan(images, epochs, choices),
      ]);
      // Small windows are shared out too, so that every worker has a part of the first batch.
      const share = (images.length * storedImageBytes) / Math.max(1, executor.workers);
      const taskBytes = Math.min(limits.taskBytes, share);
      const tasks = planTasks(spec, images, locations, { ...limits, taskBytes }, choices);
      stats.planTime += performance.now() - began;
      return {
        start: (addresses, signal) =>
          start(
            { ...window, batches: batches.length, locations, checks, tasks },
            addresses,
            signal,
          ),
      };
    },
    stats: () => ({ ...stats }),
    deepPays: () => costs.deepPays(),
    close: () => executor.close(),
  };

  function start(
    { images, batchOf, rowOf, batches, locations, checks, tasks }: Planned,
    addresses: readonly number[],
    signal: AbortSignal,
  ): BatchFill[] {
    signal.throwIfAborted();
    const began = performance.now();
    stats.unverified += checks.unverified;
    const waits = Array.from({ length: batches }, () => [] as Promise<void>[]);
    const corrupt = waits.map(() => [] as CorruptImage[]);
    let windowRequests = 0;
    for (const group of groupsOf(tasks, batchOf, batches)) {
      const checked = group.map(({ images: done }) => checksOfTask(done, checks));
      const ready = group.map((planned, i) => {
        setTargets(
          spec,
          planned,
          (image) => addresses[batchOf[image]!]! + rowOf[image]! * imageBytes,
        );
        return checked[i] === undefined ? planned.task : { ...planned.task, checks: checked[i] };
      });
      executor.run(ready, signal).forEach((report, i) => {
        const done = group[i]!.images;
        const { requests, bytes } = readsOf(ready[i]!);
        windowRequests += requests;
        stats.bytesRead += bytes;
        stats.requests += requests;
        stats.bytesWanted += done.length * storedImageBytes;
        const run = report.then(
          ({ read, decode, verify, assemble, damage }) => {
            costs.read(requests, bytes, read);
            stats.readTime += read;
            stats.decodeTime += decode;
            stats.verifyTime += verify;
            stats.assembleTime += assemble;
            stats.verified += ((checked[i]?.length ?? 0) * channels) / (1 + channels);
            for (const wrong of damage) {
              const owner = done[wrong.image]!;
              const place = placeOf(wrong, images[owner]!, locations, owner);
              corrupt[batchOf[owner]!]!.push({ row: rowOf[owner]!, reason: wrong.reason, place });
            }
          },
          (error: unknown) => {
            throw locateFailure(error, spec, images, locations);
          },
        );
        for (const batch of new Set(done.map((image) => batchOf[image]!))) waits[batch]!.push(run);
      });
    }
    costs.planned(images.length, windowRequests);
    stats.planTime += performance.now() - began;
    return waits.map((runs, batch) => ({
      filled: Promise.all(runs).then(() => corrupt[batch]!.sort((a, b) => a.row - b.row)),
      settled: Promise.allSettled(runs),
    }));
  }

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

interface WindowImages {
  /** Image numbers, batch by batch, and the epoch of each. */
  readonly images: Float64Array;
  readonly epochs: Float64Array;
  /** The batch of each, and its row there. */
  readonly batchOf: Uint32Array;
  readonly rowOf: Uint32Array;
}

interface Planned extends WindowImages {
  /** How many. */
  readonly batches: number;
  readonly locations: ChunkLocations;
  readonly checks: WindowChecks;
  readonly tasks: readonly PlannedTask[];
}

/** Tasks up to each that completes a batch: those are waited for together. */
function groupsOf(
  tasks: readonly PlannedTask[],
  batchOf: Uint32Array,
  batches: number,
): PlannedTask[][] {
  const last = new Uint32Array(batches);
  tasks.forEach(({ images }, number) => {
    for (const image of images) last[batchOf[image]!] = number;
  });
  const ends = new Set(last);
  const groups: PlannedTask[][] = [];
  tasks.forEach((task, number) => {
    if (number === 0 || ends.has(number - 1)) groups.push([]);
    groups.at(-1)!.push(task);
  });
  return groups;
}

function imagesOf(batches: readonly WantedBatch[]): WindowImages {
  const total = batches.reduce((sum, batch) => sum + batch.indices.length, 0);
  const images = new Float64Array(total);
  const epochs = new Float64Array(total);
  const batchOf = new Uint32Array(total);
  const rowOf = new Uint32Array(total);
  let at = 0;
  batches.forEach(({ indices, epoch }, batch) => {
    for (let row = 0; row < indices.length; row++, at++) {
      images[at] = indices[row]!;
      epochs[at] = epoch;
      batchOf[at] = batch;
      rowOf[at] = row;
    }
  });
  return { images, epochs, batchOf, rowOf };
}

function readsOf({ reads }: AssemblyTask): { requests: number; bytes: number } {
  let bytes = 0;
  // A record's second number is the length of the read.
  for (let i = 1; i < reads.length; i += READ_RECORD) bytes += reads[i]!;
  return { requests: reads.length / READ_RECORD, bytes };
}
