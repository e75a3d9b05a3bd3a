import type { BatchDtype } from './batch.js';
import type { Shuffle } from './order.js';
import type { Bottleneck, LoaderStats } from './statistics.js';

/** What limits a loader, and what can be done about it, in words. */
export interface Explanation {
  readonly bottleneck: Bottleneck | undefined;
  /** For example `disk-bound: 94 % of the time waiting for reads (118 MB/s)`. */
  readonly finding: string;
  /** What to try, most promising first. */
  readonly advice: readonly string[];
}

/** What a loader was opened with that advice depends on. */
export interface LoaderFacts {
  readonly workers: number;
  /** Processors that there are. */
  readonly cores: number;
  readonly shuffle: Shuffle;
  readonly dtype: BatchDtype;
  readonly lane: 'fast' | 'h5wasm';
  /** Names of the filters of a chunk, such as `deflate`. */
  readonly filters: readonly string[];
  /** Channels delivered. */
  readonly channels: number;
}

/** Bytes a second of one thread that no disk reaches: they come from memory. */
const FROM_MEMORY = 1.5e9;
/** Reads of an image beyond which its planes lie apart. */
const APART = 1.5;
/** Bytes read for one wanted that are worth a word. */
const WASTEFUL = 1.25;

/**
 * Says what a loader's statistics mean.
 *
 * @example
 * const { finding, advice } = loader.explain();
 * console.log(`${finding}; ${advice.join(', or ')}`);
 */
export function explainStats(stats: LoaderStats, facts: LoaderFacts): Explanation {
  const { bottleneck } = stats;
  if (bottleneck === undefined) {
    return { bottleneck, finding: 'too few batches to tell what limits the speed', advice: [] };
  }
  const finding = {
    disk: () => `disk-bound: ${waiting(stats, 'reading')} reads (${readRate(stats)})`,
    decode: () =>
      `bound by decoding: ${waiting(stats, 'decoding')} ${facts.filters.join(' and ')} to be undone`,
    verify: () => `bound by verifying: ${waiting(stats, 'verifying')} checksums`,
    assemble: () => `bound by assembling: ${waiting(stats, 'assembling')} pixels to be converted`,
    planning: () =>
      `bound by planning: ${waiting(stats, 'planning')} the chunk index and read plans`,
    consumer: () =>
      `the loader waits for the consumer: ${percent(stats.consumerTime, elapsed(stats))} of the time its batches are worked on`,
  }[bottleneck]();
  return { bottleneck, finding, advice: adviceFor(bottleneck, stats, facts) };
}

function adviceFor(bottleneck: Bottleneck, stats: LoaderStats, facts: LoaderFacts): string[] {
  switch (bottleneck) {
    case 'disk':
      return diskAdvice(stats, facts);
    case 'decode':
      return [...moreWorkers(facts), 'store the images uncompressed, or with a faster filter'];
    case 'verify':
      return ['verify a sample', ...moreWorkers(facts)];
    case 'assemble':
      return [
        ...moreWorkers(facts),
        ...(facts.dtype === 'uint8' ? [] : ['take uint8 batches and convert them in the model']),
        ...(facts.lane === 'h5wasm' ? ['store the images as the fast lane reads them'] : []),
      ];
    case 'planning':
      return ['use larger batches', 'raise `prefetch`, so that more is planned at once'];
    case 'consumer':
      return ['a faster loader gains nothing: work on the model, or give it the cores of workers'];
  }
}

function diskAdvice(stats: LoaderStats, facts: LoaderFacts): string[] {
  if (facts.lane === 'h5wasm') {
    return ['store the images as the fast lane reads them: the HDF5 library reads these'];
  }
  const less = ['read less: fewer channels, or a crop of uncompressed images'];
  const perThread = (stats.bytesRead / stats.readTime) * 1000;
  if (perThread > FROM_MEMORY) {
    return [...moreWorkers(facts), ...less, 'the file comes from memory: no disk is faster'];
  }
  const apart = stats.requests / stats.images > APART && facts.channels > 1;
  return [
    ...(apart ? ['try placement image'] : []),
    ...(facts.shuffle === 'full' ? ['try window shuffle'] : []),
    ...(stats.amplification > WASTEFUL
      ? [
          `store the images in chunks (1, h, w, 1): ${stats.amplification.toFixed(1)} bytes are read for each one wanted`,
        ]
      : []),
    ...moreWorkers(facts),
    ...less,
  ];
}

function moreWorkers({ workers, cores }: LoaderFacts): string[] {
  if (workers === 0) return ['use workers: the calling thread reads and assembles'];
  return workers >= cores ? [] : [`use more workers than ${workers}`];
}

function waiting(stats: LoaderStats, stage: keyof LoaderStats['waits']): string {
  return `${percent(stats.waits[stage], elapsed(stats))} of the time waiting for`;
}

function elapsed({ waitTime, consumerTime }: LoaderStats): number {
  return waitTime + consumerTime;
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / Math.max(whole, Number.MIN_VALUE))} %`;
}

function readRate({ bytesRead, waitTime, consumerTime }: LoaderStats): string {
  const rate = bytesRead / 1e6 / ((waitTime + consumerTime) / 1000);
  return `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} MB/s`;
}
