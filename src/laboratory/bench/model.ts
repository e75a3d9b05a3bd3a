import { epochOrder } from '../../loader/order.js';
import { measureMixing } from '../../loader/mixing.js';
import type { CatalogueEntry } from '../catalogue/entry.js';
import { validate } from '../catalogue/validate.js';
import type { Device } from '../devices/device.js';
import { axisLines } from '../layouts/axes.js';
import type { ImageSet, Layout } from '../layouts/layout.js';
import {
  readersOf,
  shuffleOf,
  tracePattern,
  type Pattern,
  type PatternOptions,
  type Reader,
} from '../layouts/patterns.js';
import { placeChunks } from '../layouts/place-chunks.js';
import { price } from '../price.js';
import { sequentialTrace } from '../synthetic-traces.js';
import { traceBytes, type ReadTrace } from '../trace.js';
import type { BenchReport, Figure, ModelledDevice, ReadsPicture } from './report.js';

export interface ModelOptions extends PatternOptions {
  readonly set: ImageSet;
  readonly layouts: readonly Layout[];
  readonly patterns: readonly Pattern[];
  readonly devices: readonly CatalogueEntry[];
  readonly batchSize: number;
  readonly ratio: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Prices every layout × pattern × reader on every device: modelled, nothing is read. What is computed
 * beside it (mixing, the picture of reads) comes from the same orders and traces.
 *
 * @throws InvalidOptionError for a file larger than a device; the signal's reason on abort
 */
export async function modelLayouts(
  options: ModelOptions,
): Promise<Pick<BenchReport, 'modelled' | 'mixing' | 'pictures'>> {
  const { set, layouts, patterns, devices, ratio, signal } = options;
  const traced: Traced[] = [];
  const ends = new Map<string, number>();
  for (const layout of layouts) {
    const placed = placeChunks(set, layout, { ratio });
    for (const pattern of patterns) {
      for (const reader of readersOf(pattern)) {
        const found = tracePattern(placed, layout, pattern, reader, options);
        if (found === undefined) continue;
        const { trace, images, wanted } = found;
        traced.push({
          ...{ layout: layout.name, pattern, reader, images, wanted, trace },
          ...{ reads: trace.offsets.length, bytes: traceBytes(trace) },
        });
        ends.set(layout.name, placed.end);
        await new Promise(setImmediate);
        signal?.throwIfAborted();
      }
    }
  }
  const imageBytes = bytesOfImage(set);
  const modelled: ModelledDevice[] = [];
  for (const { id, name, device, ...entry } of devices) {
    const errors = validate({ id, name, device, ...entry }).map(({ error }) => Math.abs(error));
    const bytesPerSecond = sequentialRate(device, imageBytes * set.shape[0]);
    const figures = [];
    for (const { trace, ...figure } of traced) {
      const { seconds, seeks } = price(device, trace);
      figures.push({
        ...figure,
        source: 'modelled' as const,
        seconds,
        seeks,
        imagesPerSecond: figure.images / seconds,
        ofCeiling: figure.wanted / seconds / bytesPerSecond,
      });
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    }
    modelled.push({
      source: 'modelled',
      ...{ id, name, kind: device.kind, figures },
      validation: { figures: errors.length, worst: Math.max(0, ...errors) },
      ceiling: { bytesPerSecond, imagesPerSecond: bytesPerSecond / imageBytes },
      lines: linesOf(set, device),
    });
  }
  return { modelled, mixing: mixingOf(options), pictures: picturesOf(traced, ends) };
}

/** Bytes a second of a device that reads a file of `bytes` bytes from its first byte on. */
export function sequentialRate(device: Device, bytes: number): number {
  const length = Math.min(bytes, SEQUENTIAL_BYTES);
  const { seconds } = price(device, sequentialTrace({ length, size: 2 ** 20, depth: 4 }));
  return length / seconds;
}

export function bytesOfImage({ shape, itemSize }: ImageSet): number {
  const [, h, w, c] = shape;
  return h * w * c * itemSize;
}

function linesOf({ shape, itemSize }: ImageSet, device: Device): ModelledDevice['lines'] {
  // As many images as other patterns have, so that a line along them isn't the whole file.
  const [n, h, w] = shape;
  return axisLines([Math.min(n, LINE_IMAGES), h, w], itemSize).map(
    ({ selection, elements, trace }) => ({
      source: 'modelled',
      ...{ selection, elements, reads: trace.offsets.length },
      seconds: price(device, trace).seconds,
    }),
  );
}

function mixingOf({
  set,
  patterns,
  window,
  batchSize,
  seed = 1,
}: ModelOptions): BenchReport['mixing'] {
  const [n] = set.shape;
  return patterns
    .filter((pattern) => pattern.startsWith('images'))
    .map((pattern) => {
      const order = {
        length: n,
        epoch: (epoch: number) => epochOrder(shuffleOf(pattern, window), seed, epoch, n),
        digest: '',
      };
      return { pattern, ...measureMixing(order, n, batchSize) };
    });
}

function picturesOf(traced: readonly Traced[], ends: ReadonlyMap<string, number>): ReadsPicture[] {
  const layout = traced[0]?.layout;
  if (layout === undefined) return [];
  return PICTURES.flatMap(([pattern, reader]) => {
    const found = traced.find(
      (one) => one.layout === layout && one.pattern === pattern && one.reader === reader,
    );
    if (found === undefined) return [];
    const offsets = [...found.trace.offsets.subarray(0, PICTURED)];
    return [{ layout, pattern, reader, end: ends.get(layout)!, offsets }];
  });
}

type Traced = Figure & { readonly trace: ReadTrace };

const PICTURES: readonly (readonly [Pattern, Reader])[] = [
  ['images in order', 'planefeed'],
  ['images shuffled', 'h5py'],
  ['images shuffled', 'planefeed'],
  ['images window-shuffled', 'planefeed'],
];
const PICTURED = 600;
const LINE_IMAGES = 4096;
const SEQUENTIAL_BYTES = 2 ** 32;
