import type { CatalogueEntry } from '../catalogue/entry.js';
import { layoutNamed, type ImageSet } from '../layouts/layout.js';
import type { Pattern } from '../layouts/patterns.js';
import { describeMachine } from './machine.js';
import { measureLayouts } from './measure.js';
import { bytesOfImage, modelLayouts } from './model.js';
import type { BenchReport } from './report.js';

export interface BenchOptions {
  readonly set: ImageSet;
  /** Names, see `layoutNamed`. */
  readonly layouts: readonly string[];
  readonly patterns: readonly Pattern[];
  readonly devices: readonly CatalogueEntry[];
  readonly batchSize: number;
  readonly ahead: number;
  readonly window: number;
  readonly depth: number;
  readonly images: number;
  readonly ratio: number;
  /** Where small files are measured; undefined: nowhere. */
  readonly directory?: string | undefined;
  /** Smaller files, fewer repetitions. */
  readonly quick: boolean;
  /** What was typed. */
  readonly command: string;
  readonly onStep?: (step: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Prices layouts and patterns on modelled devices, and measures them on the disk under a directory.
 *
 * @throws InvalidOptionError, NotFoundError, StorageError; the signal's reason on abort. Nothing is
 * left behind.
 */
export async function bench(options: BenchOptions): Promise<BenchReport> {
  const { set, directory, quick, signal, onStep, command } = options;
  const { batchSize, ahead, window, depth, images, ratio, patterns, devices } = options;
  const layouts = options.layouts.map((name) => layoutNamed(set, name));
  const reading = { ahead, depth };
  onStep?.(`calculating ${layouts.length} layouts on ${devices.length} modelled devices`);
  const priced = await modelLayouts({
    ...{ set, layouts, patterns, devices, batchSize, ratio, images, window, reading, signal },
  });
  const small = directory === undefined ? undefined : smallSet(set, quick);
  return {
    schema: 'planefeed-bench',
    version: 1,
    made: new Date().toISOString(),
    command,
    machine: describeMachine(),
    settings: {
      ...{ shape: set.shape, itemSize: set.itemSize },
      ...{ batchSize, ahead, window, depth, images, ratio },
    },
    ...priced,
    measured:
      directory === undefined || small === undefined
        ? null
        : await measureLayouts({
            ...{ directory, set: small, patterns, signal },
            layouts: options.layouts.map((name) => layoutNamed(small, name)),
            // A window is a part of the file, and what is read a part of that.
            images: Math.min(images, Math.ceil(small.shape[0] / 4)),
            window: Math.min(window, Math.ceil(small.shape[0] / 4)),
            reading: { ahead: Math.min(ahead, Math.ceil(small.shape[0] / 8)), depth },
            fit: true,
            repetitions: quick ? 3 : 7,
            seconds: quick ? 30 : 600,
            scratch: quick ? 2 ** 27 : 2 ** 29,
            ...(onStep === undefined ? {} : { onStep }),
          }),
  };
}

/** Images of the same size, as many as fit a small file. */
function smallSet(set: ImageSet, quick: boolean): ImageSet {
  const bytes = quick ? 32e6 : 256e6;
  const [n, h, w, c] = set.shape;
  const count = Math.min(n, Math.max(32, Math.floor(bytes / bytesOfImage(set))));
  return { ...set, shape: [count, h, w, c] };
}
