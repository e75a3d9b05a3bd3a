import type { ReadTrace } from '../trace.js';
import { spreadOf, type Spread } from '../statistics.js';
import { makeCold, type Coldness } from './make-cold.js';
import type { OpenFile, TraceRunner } from './trace-runner.js';

/** What a pattern of reads took. */
export interface Measured {
  readonly name: string;
  /** The trace of the median repetition's like: all repetitions have one shape, and other places. */
  readonly trace: ReadTrace;
  readonly seconds: Spread;
  readonly coldness: Coldness;
  /** The share of bytes that came from storage (1: all), where the system tells. */
  readonly fromDevice: number | undefined;
}

/** A pattern of reads; every repetition may read other places. */
export interface Pattern {
  readonly name: string;
  readonly trace: (repetition: number) => ReadTrace;
}

/**
 * Measures patterns of reads on an open file, cold where that can be had. Repetitions are interleaved
 * (all patterns, then all again), so that a disk that slows down slows all of them.
 *
 * @throws the signal's reason on abort
 */
export async function measurePatterns(
  runner: TraceRunner,
  file: OpenFile,
  patterns: readonly Pattern[],
  options: { readonly repetitions: number; readonly signal?: AbortSignal },
): Promise<Measured[]> {
  const { repetitions, signal } = options;
  const runs = patterns.map((): { seconds: number; fromDevice: number | undefined }[] => []);
  let coldness: Coldness = { cold: false, how: 'Nothing was measured' };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const [i, { trace }] of patterns.entries()) {
      signal?.throwIfAborted();
      coldness = await makeCold(file.fd);
      runs[i]!.push(await runner.run(file, trace(repetition), signal));
    }
  }
  return patterns.map(({ name, trace }, i) => {
    const first = trace(0);
    const bytes = first.lengths.reduce((sum, length) => sum + length, 0);
    const counted = runs[i]!.map((run) => run.fromDevice).filter((x) => x !== undefined);
    const fromDevice = counted.length === 0 ? undefined : spreadOf(counted).median / bytes;
    return {
      name,
      trace: first,
      seconds: spreadOf(runs[i]!.map(({ seconds }) => seconds)),
      coldness: asFound(coldness, fromDevice),
      fromDevice,
    };
  });
}

/** What was put out of the cache may come from memory all the same (tmpfs, caches of a file system). */
export function asFound(coldness: Coldness, fromDevice: number | undefined): Coldness {
  if (!coldness.cold || fromDevice === undefined || fromDevice > MOSTLY) return coldness;
  const percent = Math.round(fromDevice * 100);
  return {
    cold: false,
    how:
      `${coldness.how}, but by the kernel's count only ${percent} % of the bytes came from storage: ` +
      'reads were warm',
  };
}

const MOSTLY = 0.5;
