import type { LoaderStats } from '../loader/statistics.js';
import type { Explanation } from '../loader/explain.js';
import { formatCount, plural } from './format.js';

/** What `planefeed stream --explain` adds. Times in seconds, shares from 0 to 1. */
export interface StreamExplanation extends Explanation {
  readonly waitSeconds: LoaderStats['waits'];
  readonly firstBatchSeconds: number;
  readonly batchSeconds: LoaderStats['latency'];
  readonly workers: number;
  readonly occupancy: number;
  /** Bytes read for each byte wanted. */
  readonly amplification: number;
  /** Of the same batches when they are kept in memory. */
  readonly cachedImagesPerSecond: number;
  /** How many times faster that is. */
  readonly headroom: number;
}

export function explainStream(
  stats: LoaderStats,
  explanation: Explanation,
  imagesPerSecond: number,
  cachedImagesPerSecond: number,
): StreamExplanation {
  const { waits, latency } = stats;
  return {
    ...explanation,
    waitSeconds: {
      planning: waits.planning / 1000,
      reading: waits.reading / 1000,
      decoding: waits.decoding / 1000,
      verifying: waits.verifying / 1000,
      assembling: waits.assembling / 1000,
    },
    firstBatchSeconds: (stats.timeToFirstBatch ?? 0) / 1000,
    batchSeconds: { p50: latency.p50 / 1000, p90: latency.p90 / 1000, p99: latency.p99 / 1000 },
    workers: stats.workers,
    occupancy: stats.occupancy,
    amplification: stats.amplification,
    cachedImagesPerSecond,
    headroom: imagesPerSecond > 0 ? cachedImagesPerSecond / imagesPerSecond : 0,
  };
}

/** Rows of the table: name and text. */
export function explanationRows(explanation: StreamExplanation): [string, string][] {
  const { waitSeconds, batchSeconds, advice, finding } = explanation;
  const total = sumOf(waitSeconds);
  const shares = (Object.entries(waitSeconds) as [string, number][])
    .filter(([, wait]) => wait >= 0.005 * total && wait > 0)
    .map(([stage, wait]) => `${stage} ${Math.round((100 * wait) / total)} %`);
  const threads =
    explanation.workers === 0 ? 'the main thread' : plural(explanation.workers, 'worker');
  return [
    ['waits', shares.join(', ') || 'none'],
    [
      'batches',
      `first after ${time(explanation.firstBatchSeconds)}; half within ${time(batchSeconds.p50)}, 90 % ${time(batchSeconds.p90)}, 99 % ${time(batchSeconds.p99)}`,
    ],
    ['at work', `${threads}, ${Math.round(100 * explanation.occupancy)} % of the time`],
    ['amplification', `${explanation.amplification.toFixed(2)} bytes read for each byte wanted`],
    [
      'headroom',
      `${formatCount(Math.round(explanation.cachedImagesPerSecond))} images/s from memory, ${factor(explanation.headroom)} times as fast`,
    ],
    ['explained', advice.length === 0 ? finding : `${finding}; ${advice.join(', or ')}`],
  ];
}

function sumOf({
  planning,
  reading,
  decoding,
  verifying,
  assembling,
}: LoaderStats['waits']): number {
  return planning + reading + decoding + verifying + assembling;
}

function time(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  const milliseconds = 1000 * seconds;
  return `${milliseconds.toFixed(milliseconds < 1 ? 2 : milliseconds < 10 ? 1 : 0)} ms`;
}

function factor(value: number): string {
  return value < 10 ? value.toFixed(1) : formatCount(Math.round(value));
}
