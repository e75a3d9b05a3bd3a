import type { CorruptionCounts } from './corruption.js';
import type { LaneStats } from './lane.js';
import { createLatencyHistogram } from './latency.js';

/** What a loader did and what it cost, since it was opened. Times in milliseconds. */
export interface LoaderStats extends LaneStats, CorruptionCounts {
  readonly batches: number;
  readonly images: number;
  /** The consumer waited for batches. */
  readonly waitTime: number;
  /** The consumer worked on batches. */
  readonly consumerTime: number;
  /** `waitTime` shared out to the stages, in proportion to what they took. */
  readonly waits: StageTimes;
  /** From asking for the very first batch to having it; undefined before. */
  readonly timeToFirstBatch: number | undefined;
  /** How long the consumer waited for a batch: half of the batches, 90 % and 99 % came sooner. */
  readonly latency: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Threads that read and assemble; 0: the calling thread does. */
  readonly workers: number;
  /** Share of the time of iterating in which they were at work, from 0 to 1. */
  readonly occupancy: number;
  /** Bytes read for each byte wanted. */
  readonly amplification: number;
  /** What limits the speed; undefined before the second batch. */
  readonly bottleneck: Bottleneck | undefined;
  /** How many times faster the loop would be if batches were there as soon as they are asked for. */
  readonly headroom: number;
  /** Bytes of batches and scratch in use. */
  readonly memoryUsed: number;
}

export interface StageTimes {
  readonly planning: number;
  readonly reading: number;
  readonly decoding: number;
  readonly verifying: number;
  readonly assembling: number;
}

/** `consumer`: batches are there before they are asked for. */
export type Bottleneck = 'disk' | 'decode' | 'verify' | 'assemble' | 'planning' | 'consumer';

export interface Statistics {
  /** A batch was delivered that the consumer waited for. */
  delivered(images: number, wait: number): void;
  /** The consumer was at work for that long. */
  consumed(time: number): void;
  stats(lane: LaneStats, corruption: CorruptionCounts, memoryUsed: number): LoaderStats;
}

/** Waiting for less than this share of the time is none worth mentioning. */
const NEGLIGIBLE = 0.05;

/** @param workers threads that read and assemble; 0: the calling thread does */
export function createStatistics(workers: number): Statistics {
  const latency = createLatencyHistogram();
  const counts = { batches: 0, images: 0, waitTime: 0, consumerTime: 0 };
  let first: number | undefined;
  return {
    delivered(images, wait) {
      first ??= wait;
      latency.add(wait);
      counts.batches++;
      counts.images += images;
      counts.waitTime += wait;
    },
    consumed(time) {
      counts.consumerTime += time;
    },
    stats(lane, corruption, memoryUsed) {
      const { waitTime, consumerTime } = counts;
      const elapsed = waitTime + consumerTime;
      const threads = Math.max(1, workers);
      const busy = lane.readTime + lane.decodeTime + lane.verifyTime + lane.assembleTime;
      const waits = shareOut(waitTime, elapsed, lane, workers);
      // Whatever the loader, the first batch is waited for.
      const steady = { wait: waitTime - (first ?? 0), elapsed: elapsed - (first ?? 0) };
      return {
        ...counts,
        ...lane,
        ...corruption,
        waits,
        timeToFirstBatch: first,
        latency: {
          p50: latency.quantile(0.5),
          p90: latency.quantile(0.9),
          p99: latency.quantile(0.99),
        },
        workers,
        occupancy: ratio(Math.min(busy, threads * elapsed), threads * elapsed),
        amplification: ratio(lane.bytesRead, lane.bytesWanted),
        bottleneck:
          counts.batches < 2
            ? undefined
            : steady.wait < NEGLIGIBLE * steady.elapsed
              ? 'consumer'
              : longest(waits),
        headroom: ratio(elapsed, consumerTime),
        memoryUsed,
      };
    },
  };
}

/**
 * Planning is the calling thread's and runs beside the workers: it is waited for only while they are
 * idle. The rest is shared by all threads.
 */
function shareOut(wait: number, elapsed: number, lane: LaneStats, workers: number): StageTimes {
  const threads = Math.max(1, workers);
  const { readTime, decodeTime, verifyTime, assembleTime } = lane;
  const busy = readTime + decodeTime + verifyTime + assembleTime;
  const planned = workers === 0 ? wait * ratio(lane.planTime, lane.planTime + busy) : lane.planTime;
  const planning = Math.min(wait, planned, Math.max(0, elapsed - busy / threads));
  const share = ratio(wait - planning, busy);
  return {
    planning: busy === 0 ? wait : planning,
    reading: readTime * share,
    decoding: decodeTime * share,
    verifying: verifyTime * share,
    assembling: assembleTime * share,
  };
}

function longest(waits: StageTimes): Bottleneck {
  const stages: readonly [Bottleneck, number][] = [
    ['disk', waits.reading],
    ['decode', waits.decoding],
    ['verify', waits.verifying],
    ['assemble', waits.assembling],
    ['planning', waits.planning],
  ];
  return stages.reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

function ratio(a: number, b: number): number {
  return b > 0 ? a / b : 0;
}
