import { closeSync, fsyncSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatasets } from '../../chunking/open-dataset.js';
import { StorageError } from '../../errors.js';
import { openFileSource } from '../../storage/file-source.js';
import { measureCeiling } from '../ceiling.js';
import { findDevice } from '../find-device.js';
import type { ImageSet, Layout } from '../layouts/layout.js';
import { readersOf, tracePattern, type Pattern, type PatternOptions } from '../layouts/patterns.js';
import { locateChunks, type PlacedImages } from '../layouts/place-chunks.js';
import { makeCold } from '../measure/make-cold.js';
import { asFound } from '../measure/measure-traces.js';
import { openTraceRunner, type Run } from '../measure/trace-runner.js';
import { price } from '../price.js';
import { probeDisk, type Probe } from '../probe.js';
import { spreadOf } from '../statistics.js';
import { traceBytes, type ReadTrace } from '../trace.js';
import type { Figure, MeasuredDisk, MeasuredFigure, Timing } from './report.js';
import { bytesOfImage } from './model.js';
import { writeImages } from './write-images.js';

export interface MeasureOptions extends PatternOptions {
  readonly directory: string;
  /** Of the files that are written, one for each layout. */
  readonly set: ImageSet;
  readonly layouts: readonly Layout[];
  readonly patterns: readonly Pattern[];
  /** Of each pattern, cold and warm, as far as the time goes; once at least. */
  readonly repetitions: number;
  /** Seconds after which no further repetition begins. */
  readonly seconds: number;
  /** Bytes of the files with which the disk itself is measured. */
  readonly scratch: number;
  /** Whether to fit a model to the disk, and hold it to what is measured. */
  readonly fit: boolean;
  /** Told what is being done. */
  readonly onStep?: (step: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a small file of every layout, reads every pattern from it (cold where that can be had, and
 * warm), measures what the disk itself gives, fits a model to it, and holds that to what was measured.
 * Only reads are measured: nothing is decompressed or assembled.
 *
 * @throws NotFoundError without the directory; StorageError when it doesn't take the files (no
 * permission, a full disk); the signal's reason on abort. Nothing is left behind.
 */
export async function measureLayouts(options: MeasureOptions): Promise<MeasuredDisk> {
  const { directory, set, repetitions, signal, onStep } = options;
  const device = await findDevice(directory);
  const settings = { bytes: options.scratch, ...(signal === undefined ? {} : { signal }) };
  onStep?.('measuring what the disk itself gives');
  const ceiling = await measureCeiling(directory, {
    ...settings,
    sizes: [bytesOfImage(set) / set.shape[3], bytesOfImage(set)],
    perMeasurement: options.scratch / 8,
    repetitions: Math.min(3, repetitions),
  });
  if (options.fit) onStep?.('fitting a model to the disk');
  const probe = options.fit
    ? await probeDisk(directory, { ...settings, repetitions: Math.min(5, repetitions) })
    : undefined;
  onStep?.('writing a small file of every layout');
  const files = await writeFiles(options);
  try {
    onStep?.('reading every pattern from every layout');
    const cases = casesOf(options, files);
    const runs = await runCases(options, cases);
    const sequential = ceiling.filter(({ pattern }) => pattern === 'sequential');
    const best = Math.max(...sequential.map(({ bytesPerSecond }) => bytesPerSecond));
    const figures = cases.map((one, i) => figureOf(one, runs.cold[i]!, runs.warm[i]!, best, probe));
    const shares = cases.flatMap(({ bytes }, i) =>
      runs.cold[i]!.flatMap(({ fromDevice }) =>
        fromDevice === undefined ? [] : [fromDevice / bytes],
      ),
    );
    const errors = (probe?.heldOut ?? []).map(({ error }) => Math.abs(error));
    return {
      source: 'measured',
      ...{ directory, device, shape: set.shape, figures },
      coldness: asFound(runs.coldness, shares.length === 0 ? undefined : spreadOf(shares).median),
      repetitions: runs.repetitions,
      ceiling: ceiling.map(({ pattern, size, depth, bytesPerSecond, seconds }) => ({
        ...{ pattern, size, depth, bytesPerSecond, seconds },
      })),
      fitted:
        errors.length === 0
          ? null
          : { worst: Math.max(...errors), median: spreadOf(errors).median },
    };
  } finally {
    for (const { fd } of files) closeSync(fd);
  }
}

interface OpenLayout {
  readonly fd: number;
  readonly name: string;
  readonly layout: Layout;
  readonly placed: PlacedImages;
}

interface Case extends Figure {
  readonly file: OpenLayout;
  readonly trace: ReadTrace;
}

/** Open files that have no name any more, so that nothing is left however the process ends. */
async function writeFiles({
  directory,
  set,
  layouts,
  signal,
}: MeasureOptions): Promise<OpenLayout[]> {
  const folder = await makeFolder(directory);
  const files: OpenLayout[] = [];
  try {
    for (const [i, layout] of layouts.entries()) {
      const path = join(folder, `${i}.h5`);
      await writeImages(path, set, layout, signal);
      const source = await openFileSource(path);
      try {
        const { index } = await openDatasets(source).open('/images');
        const placed = await locateChunks(set, layout, index);
        const fd = openSync(path, 'r');
        files.push({ fd, name: path, layout, placed });
        // What isn't on the disk can't be put out of the cache.
        fsyncSync(fd);
      } finally {
        await source.close();
      }
    }
    return files;
  } catch (error) {
    for (const { fd } of files) closeSync(fd);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeFolder(directory: string): Promise<string> {
  try {
    return await mkdtemp(join(directory, '.planefeed-bench-'));
  } catch (cause) {
    throw new StorageError(`Files can't be written there: ${(cause as Error).message}`, {
      place: { file: directory },
      cause,
      advice: 'Choose a directory that you may write to, on the disk that is to be measured',
    });
  }
}

function casesOf(options: MeasureOptions, files: readonly OpenLayout[]): Case[] {
  return files.flatMap((file) =>
    options.patterns
      .filter((pattern) => pattern !== 'append')
      .flatMap((pattern) =>
        readersOf(pattern).flatMap((reader): Case[] => {
          const found = tracePattern(file.placed, file.layout, pattern, reader, options);
          if (found === undefined) return [];
          const { trace, images, wanted } = found;
          const [reads, bytes] = [trace.offsets.length, traceBytes(trace)];
          const layout = file.layout.name;
          return [{ layout, pattern, reader, images, wanted, reads, bytes, file, trace }];
        }),
      ),
  );
}

/** Interleaved: all patterns, then all again. */
async function runCases(
  { repetitions, seconds, signal }: MeasureOptions,
  cases: readonly Case[],
): Promise<{
  cold: Run[][];
  warm: Run[][];
  repetitions: number;
  coldness: MeasuredDisk['coldness'];
}> {
  const [cold, warm] = [cases.map((): Run[] => []), cases.map((): Run[] => [])];
  const began = performance.now();
  let coldness = { cold: false, how: 'Nothing was measured' };
  let done = 0;
  const runner = openTraceRunner();
  try {
    while (done < repetitions && (done === 0 || performance.now() - began < seconds * 1000)) {
      for (const [i, { file, trace }] of cases.entries()) {
        signal?.throwIfAborted();
        coldness = await makeCold(file.fd);
        cold[i]!.push(await runner.run(file, trace, signal));
        warm[i]!.push(await runner.run(file, trace, signal));
      }
      done++;
    }
  } finally {
    await runner.close();
  }
  return { cold, warm, repetitions: done, coldness };
}

function figureOf(
  { file: _, trace, ...figure }: Case,
  coldRuns: readonly Run[],
  warmRuns: readonly Run[],
  best: number,
  probe: Probe | undefined,
): MeasuredFigure {
  const [cold, warm] = [timingOf(coldRuns, figure.images), timingOf(warmRuns, figure.images)];
  const seconds = probe === undefined ? undefined : price(probe.device, trace).seconds;
  return {
    ...figure,
    source: 'measured',
    ...{ cold, warm },
    ofCeiling: figure.wanted / cold.seconds.median / best,
    predicted: seconds === undefined ? null : { seconds, error: seconds / cold.seconds.least - 1 },
  };
}

function timingOf(runs: readonly Run[], images: number): Timing {
  const seconds = spreadOf(runs.map((run) => run.seconds));
  return { seconds, imagesPerSecond: images / seconds.median };
}
