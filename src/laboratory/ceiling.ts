import { createScratchFile } from './measure/scratch-file.js';
import { measurePatterns, type Measured, type Pattern } from './measure/measure-traces.js';
import { openTraceRunner, type OpenFile } from './measure/trace-runner.js';
import { randomTrace, sequentialTrace } from './synthetic-traces.js';
import { traceBytes } from './trace.js';

/** What the device itself gives, whatever reads it. */
export interface Ceiling extends Measured {
  readonly pattern: 'sequential' | 'random';
  /** Bytes of a read. */
  readonly size: number;
  readonly depth: number;
  /** Of the median. */
  readonly bytesPerSecond: number;
}

export interface CeilingOptions {
  /** Bytes of a plane and of an image: the sizes of the random reads. Default 224 × 224 and × 3. */
  readonly sizes?: readonly number[];
  /** Reads in flight. Default 1, 4, 16 and 32. */
  readonly depths?: readonly number[];
  /** Size of the file that is written and removed. Default 512 MiB. */
  readonly bytes?: number;
  /** Bytes that one measurement reads, at most. Default 64 MiB. */
  readonly perMeasurement?: number;
  /** Default 3. */
  readonly repetitions?: number;
  readonly signal?: AbortSignal;
}

/**
 * Measures what the disk under a directory gives at best: in order, and random at the sizes that
 * matter, at several depths; cold where that can be had (each result says so).
 *
 * @throws NotFoundError, StorageError if the directory doesn't take the file; the signal's reason on
 * abort. Nothing is left behind.
 */
export async function measureCeiling(
  directory: string,
  options: CeilingOptions = {},
): Promise<Ceiling[]> {
  const { bytes = 2 ** 29, signal } = options;
  const file = await createScratchFile(directory, bytes, signal);
  try {
    return await measureCeilingOf(file, bytes, options);
  } finally {
    file.remove();
  }
}

/** The same on an open file of `bytes` bytes. */
export async function measureCeilingOf(
  file: OpenFile,
  bytes: number,
  options: CeilingOptions = {},
): Promise<Ceiling[]> {
  const { sizes = [PLANE, 3 * PLANE], depths = [1, 4, 16, 32], signal } = options;
  const { perMeasurement = 2 ** 26, repetitions = 3 } = options;
  const length = Math.min(bytes, perMeasurement);
  const plans = depths.flatMap((depth): Plan[] => [
    {
      name: `sequential 1 MiB, depth ${depth}`,
      pattern: 'sequential',
      size: SEQUENTIAL,
      depth,
      trace: () => sequentialTrace({ length, size: SEQUENTIAL, depth }),
    },
    ...sizes.map((size): Plan => ({
      name: `random ${size} bytes, depth ${depth}`,
      pattern: 'random',
      size,
      depth,
      trace: (repetition) => {
        const count = Math.min(MOST_READS, Math.max(1, Math.floor(length / size)));
        return randomTrace({ span: bytes, size, count, depth, seed: 1 + repetition });
      },
    })),
  ]);
  const runner = openTraceRunner();
  try {
    const measured = await measurePatterns(runner, file, plans, {
      repetitions,
      ...(signal === undefined ? {} : { signal }),
    });
    return measured.map((one, i) => {
      const { pattern, size, depth } = plans[i]!;
      const bytesPerSecond = traceBytes(one.trace) / one.seconds.median;
      return { ...one, pattern, size, depth, bytesPerSecond };
    });
  } finally {
    await runner.close();
  }
}

type Plan = Pattern & Pick<Ceiling, 'pattern' | 'size' | 'depth'>;

const PLANE = 224 * 224;
const SEQUENTIAL = 2 ** 20;
/** Enough for a mean, and not minutes on a disk with an arm. */
const MOST_READS = 400;
