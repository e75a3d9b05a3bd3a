import type { Fitted } from './devices/device.js';
import { fitDevice } from './fit.js';
import { createScratchFile } from './measure/scratch-file.js';
import { measurePatterns, type Measured, type Pattern } from './measure/measure-traces.js';
import { openTraceRunner } from './measure/trace-runner.js';
import { price } from './price.js';
import { randomTrace, sequentialTrace } from './synthetic-traces.js';
import { traceOf, type ReadTrace } from './trace.js';

/** The disk at hand as a model, and how far it may be trusted. */
export interface Probe {
  readonly device: Fitted;
  /** Patterns that the model was fitted to, beside what it says of them. */
  readonly fitted: readonly Prediction[];
  /** Patterns that it never saw: their errors are those to expect. */
  readonly heldOut: readonly Prediction[];
  /** Whether all was read cold; if not, `how` says why, and the model is one of the page cache. */
  readonly coldness: Measured['coldness'];
}

export interface Prediction extends Measured {
  readonly predictedSeconds: number;
  /** `predicted / measured − 1`, of the quickest repetition: whatever else runs only adds. */
  readonly error: number;
}

export interface ProbeOptions {
  /** Size of the file that is written, read and removed. Default 512 MiB. */
  readonly bytes?: number;
  /** Of every pattern; the quickest counts. Default 9. */
  readonly repetitions?: number;
  readonly signal?: AbortSignal;
}

/**
 * Fits a model to the disk under a directory: writes a file there, reads it cold in a dozen ways, and
 * removes it. Then it reads in ways that it didn't fit, and says how well the model foresaw them.
 *
 * The file is small beside a disk, so what the arm of a hard disk takes over its whole stroke isn't
 * seen: for large files take a disk of the catalogue.
 *
 * @throws NotFoundError, StorageError if the directory doesn't take the file; the signal's reason on
 * abort. Nothing is left behind.
 *
 * @example
 * const { device, heldOut } = await probeDisk('/data');
 * Math.max(...heldOut.map(({ error }) => Math.abs(error))); // 0.12
 */
export async function probeDisk(directory: string, options: ProbeOptions = {}): Promise<Probe> {
  const { bytes = 2 ** 29, repetitions = 9, signal } = options;
  const file = await createScratchFile(directory, bytes, signal);
  const runner = openTraceRunner();
  try {
    const all = [...fittedPatterns(bytes), ...heldOutPatterns(bytes)];
    const measured = await measurePatterns(runner, file, all, {
      repetitions,
      ...(signal === undefined ? {} : { signal }),
    });
    const seen = measured.slice(0, fittedPatterns(bytes).length);
    const { device } = fitDevice(
      seen.map(({ trace, seconds }) => ({ trace, seconds: seconds.least })),
    );
    const predict = (one: Measured): Prediction => {
      const predictedSeconds = price(device, one.trace).seconds;
      return { ...one, predictedSeconds, error: predictedSeconds / one.seconds.least - 1 };
    };
    return {
      device,
      fitted: seen.map(predict),
      heldOut: measured.slice(seen.length).map(predict),
      coldness: measured.find(({ coldness }) => !coldness.cold)?.coldness ?? measured[0]!.coldness,
    };
  } finally {
    await runner.close();
    file.remove();
  }
}

/** Ways of reading that tell a model's parameters apart. */
export function fittedPatterns(bytes: number): Pattern[] {
  const random = (size: number, count: number, depth: number, span = bytes): Pattern => ({
    name: `random ${size / 1024} KiB${span === bytes ? '' : ' nearby'}, depth ${depth}`,
    trace: (repetition) => randomTrace({ span, size, count, depth, seed: 100 + repetition }),
  });
  const sequential = (size: number, depth: number): Pattern => ({
    name: `in order ${size / 1024} KiB, depth ${depth}`,
    trace: () => sequentialTrace({ length: bytes / 4, size, depth, start: bytes / 2 }),
  });
  return [
    random(4096, 200, 1),
    random(4096, 200, 1, bytes / 64),
    random(4096, 400, 4),
    random(4096, 800, 16),
    random(65536, 150, 1),
    random(65536, 200, 2),
    random(65536, 200, 4),
    random(65536, 300, 8),
    random(2 ** 18, 80, 1),
    random(2 ** 18, 160, 3),
    random(2 ** 20, 40, 1),
    random(2 ** 20, 80, 4),
    sequential(65536, 1),
    sequential(2 ** 20, 1),
    sequential(2 ** 20, 4),
  ];
}

/** Ways of reading that a loader has, of other sizes and depths than the fitted ones. */
export function heldOutPatterns(bytes: number): Pattern[] {
  const random = (name: string, size: number, count: number, depth: number): Pattern => ({
    name,
    trace: (repetition) => randomTrace({ span: bytes, size, count, depth, seed: 200 + repetition }),
  });
  return [
    random('planes shuffled, depth 3', PLANE, 200, 3),
    random('images shuffled, depth 8', 3 * PLANE, 200, 8),
    random('images shuffled, depth 1', 3 * PLANE, 100, 1),
    {
      name: 'images in order, depth 1',
      trace: () => sequentialTrace({ length: bytes / 8, size: 3 * PLANE }),
    },
    {
      name: 'batches of 32 images in file order, depth 4',
      trace: (repetition) => batches(bytes, repetition),
    },
  ];
}

/** Eight batches, each sorted, each waited for. */
function batches(bytes: number, repetition: number): ReadTrace {
  const { offsets } = randomTrace({
    span: bytes,
    size: 3 * PLANE,
    count: 8 * 32,
    seed: 300 + repetition,
  });
  const starts = Array.from({ length: 8 }, (_, batch) => batch * 32);
  const sorted = starts.flatMap((start) =>
    [...offsets.subarray(start, start + 32)].sort(ascending),
  );
  return traceOf(
    sorted.map((offset): [number, number] => [offset, 3 * PLANE]),
    { depth: 4, barriers: starts.slice(1) },
  );
}

const ascending = (a: number, b: number): number => a - b;

/** One channel of 224 × 224 bytes. */
const PLANE = 224 * 224;
