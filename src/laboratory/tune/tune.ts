import { InvalidOptionError } from '../../errors.js';
import type { CatalogueEntry } from '../catalogue/entry.js';
import { validate } from '../catalogue/validate.js';
import { bytesOfImage, sequentialRate } from '../bench/model.js';
import { layoutNamed, type ImageSet, type Layout } from '../layouts/layout.js';
import { measureMixing } from '../../loader/mixing.js';
import { epochOrder } from '../../loader/order.js';
import { shuffleOf, tracePattern, type Pattern } from '../layouts/patterns.js';
import { placeChunks, type PlacedImages } from '../layouts/place-chunks.js';
import { price } from '../price.js';

export interface TuneOptions {
  readonly set: ImageSet;
  readonly pattern: Pattern;
  readonly device: CatalogueEntry;
  /** Images of a file that is there, which is to be read as it is beside the best. */
  readonly present?: PlacedImages | undefined;
  readonly batchSize: number;
  /** Bytes that batches may take, those read ahead and the one in use. */
  readonly memory: number;
}

/** What to choose, and what to expect of it: modelled. */
export interface Advice {
  readonly source: 'modelled';
  readonly device: string;
  readonly pattern: Pattern;
  readonly layout: string;
  /** `null`: contiguous. */
  readonly chunks: readonly number[] | null;
  readonly placement: 'image' | 'channel';
  readonly reading: Reading;
  readonly expected: Expected;
  /** The file that is there, with what suits it best; `null` without one. */
  readonly present: { readonly reading: Reading; readonly expected: Expected } | null;
  /** Why, in a sentence. */
  readonly reason: string;
}

/** Options of the loader. */
export interface Reading {
  readonly shuffle: false | 'full' | { readonly window: number };
  readonly coalesceGap: number;
  /** Batches. */
  readonly prefetch: number;
  readonly workers: number;
}

export interface Expected {
  readonly imagesPerSecond: number;
  /** The model's largest error at published figures, as a fraction; `null`: it was held to none. */
  readonly error: number | null;
  /** Of the device's sequential rate. */
  readonly ofCeiling: number;
  /** Places of the file that a batch draws from, over those of a random order; 1 mixes like chance. */
  readonly mixing: number;
}

/**
 * Chooses layout, order and look-ahead for a pattern on a device, by pricing the candidates' exact
 * reads. Of what is equally good (2 %) the simpler stands: less look-ahead, a smaller gap, fewer workers;
 * of layouts the one that serves the most uses.
 *
 * A random order that costs the disk more than a fifth of its rate is advised against, where a window
 * shuffle that fits the memory does better by half: the smallest that reads fast and mixes well, or else
 * the largest that reads fast.
 *
 * @throws InvalidOptionError for patterns that no loader reads, and a file larger than the device
 *
 * @example
 * tune({ set, pattern: 'images shuffled', device: deviceNamed('hdd'), batchSize: 32, memory: 2 ** 30 }).reading;
 * // { shuffle: { window: 2048 }, … }
 */
export function tune(options: TuneOptions): Advice {
  const { set, pattern, device, present } = options;
  if (pattern === 'append' || pattern === 'pixel column') {
    throw new InvalidOptionError(`A loader doesn't read the pattern "${pattern}"`, {
      advice: 'planefeed bench shows what it costs by layout',
    });
  }
  const candidates = CANDIDATES.map((name): Candidate => {
    const layout = layoutNamed(set, name);
    const placed = placeChunks(set, layout);
    return { layout, ...bestReading(options, placed, layout, ROUGH) };
  });
  const layout = firstOfBest(candidates).layout;
  const best = bestReading(options, placeChunks(set, layout), layout, FINE);
  const own =
    present === undefined
      ? undefined
      : bestReading(options, present, layoutNamed(set, 'plane'), FINE);
  const { name, chunks, placement } = layout;
  return {
    source: 'modelled',
    ...{ device: device.id, pattern, layout: name, chunks, placement },
    reading: readingOf(options, best.setting),
    expected: expectedOf(options, best),
    present:
      own === undefined
        ? null
        : { reading: readingOf(options, own.setting), expected: expectedOf(options, own) },
    reason: reasonOf(options, layout, candidates, best),
  };
}

/** A way of reading: what is varied. */
interface Setting {
  /** Images of the window; `undefined`: an exact shuffle, or in order. */
  readonly window: number | undefined;
  readonly ahead: number;
  readonly gap: number;
  readonly depth: number;
}

interface Priced {
  readonly setting: Setting;
  readonly rate: number;
  readonly ofCeiling: number;
}

type Candidate = Priced & { readonly layout: Layout };

interface Grid {
  readonly windows: readonly number[];
  readonly aheads: readonly number[];
  readonly gaps: readonly number[];
  readonly depths: readonly number[];
}

function bestReading(
  options: TuneOptions,
  placed: PlacedImages,
  layout: Layout,
  grid: Grid,
): Priced {
  const exact = search(options, placed, layout, grid);
  if (options.pattern !== 'images shuffled' || exact.ofCeiling >= ENOUGH) return exact;
  const windowed = searchWindows(options, placed, layout, grid);
  return windowed.rate > 1.5 * exact.rate ? windowed : exact;
}

/** The first of those that are as good as the best. */
function search(
  options: TuneOptions,
  placed: PlacedImages,
  layout: Layout,
  grid: Grid,
  window?: number,
): Priced {
  const most = mostAhead(options);
  const aheads = window === undefined ? grid.aheads : [window];
  const found = aheads.flatMap((wanted) =>
    grid.gaps.flatMap((gap) =>
      grid.depths.map((depth) => {
        const ahead = Math.max(options.batchSize, Math.min(wanted, most));
        return priced(options, placed, layout, { window, ahead, gap, depth });
      }),
    ),
  );
  return firstOfBest(found);
}

/** Tries windows from small to large, as far as the memory goes; the smallest in any case. */
function searchWindows(
  options: TuneOptions,
  placed: PlacedImages,
  layout: Layout,
  grid: Grid,
): Priced {
  const most = mostAhead(options);
  const fitting = grid.windows.filter((window, i) => i === 0 || window <= most);
  const found: Priced[] = [];
  for (const window of fitting) {
    const one = search(options, placed, layout, grid, Math.min(window, most));
    found.push(one);
    if (one.ofCeiling >= ENOUGH && mixingOf(options, window) >= WELL) return one;
  }
  return found.findLast(({ ofCeiling }) => ofCeiling >= ENOUGH) ?? firstOfBest(found);
}

/** Images of a window, of which two are in memory, and a quarter is left to reading. */
function mostAhead({ memory, set }: TuneOptions): number {
  return Math.max(1, Math.floor((memory * 3) / 8 / bytesOfImage(set)));
}

function mixingOf({ set, pattern, batchSize }: TuneOptions, window: number | undefined): number {
  const [n] = set.shape;
  const shuffle = window === undefined ? shuffleOf(pattern, DEFAULT_WINDOW) : { window };
  const order = { length: n, epoch: (e: number) => epochOrder(shuffle, 1, e, n), digest: '' };
  const { neighbourhoods, randomNeighbourhoods } = measureMixing(order, n, batchSize);
  return neighbourhoods / randomNeighbourhoods;
}

function firstOfBest<T extends Priced>(found: readonly T[]): T {
  const most = Math.max(...found.map(({ rate }) => rate));
  return found.find(({ rate }) => rate >= 0.98 * most)!;
}

function priced(
  { set, pattern, device }: TuneOptions,
  placed: PlacedImages,
  layout: Layout,
  setting: Setting,
): Priced {
  const { window, ahead, gap, depth } = setting;
  const used: Pattern = window === undefined ? pattern : 'images window-shuffled';
  const { trace, images, wanted } = tracePattern(placed, layout, used, 'planefeed', {
    images: Math.max(SAMPLE, window ?? DEFAULT_WINDOW),
    window: window ?? DEFAULT_WINDOW,
    reading: { ahead, gap, depth },
  })!;
  const { seconds } = price(device.device, trace);
  const rate = sequentialRate(device.device, bytesOfImage(set) * set.shape[0]);
  return { setting, rate: images / seconds, ofCeiling: wanted / seconds / rate };
}

function readingOf(
  { pattern, batchSize, set }: TuneOptions,
  { window, ahead, gap, depth }: Setting,
): Reading {
  const inOrder = pattern.endsWith('in order');
  const asked = pattern === 'images window-shuffled' ? DEFAULT_WINDOW : undefined;
  const size = window ?? asked;
  return {
    shuffle: inOrder
      ? false
      : size === undefined
        ? 'full'
        : { window: Math.min(size, set.shape[0]) },
    coalesceGap: gap,
    // While one window of batches is delivered, the next is read.
    prefetch: 2 * Math.max(1, Math.ceil(Math.max(ahead, size ?? 0) / batchSize)),
    workers: depth,
  };
}

function expectedOf(options: TuneOptions, { rate, ofCeiling, setting }: Priced): Expected {
  const { device } = options;
  const errors = validate(device).map(({ error }) => Math.abs(error));
  return {
    imagesPerSecond: rate,
    error: errors.length === 0 ? null : Math.max(...errors),
    ofCeiling,
    mixing: mixingOf(options, setting.window),
  };
}

function reasonOf(
  { device, pattern }: TuneOptions,
  layout: Layout,
  candidates: readonly Candidate[],
  { setting, ofCeiling }: Priced,
): string {
  const worst = candidates.reduce((low, one) => (one.rate < low.rate ? one : low));
  const chosen = candidates.find((one) => one.layout === layout)!;
  const factor = chosen.rate / worst.rate;
  const choice =
    factor < 1.05
      ? `every layout tried serves ${pattern} alike, so the one stays that serves single channels too`
      : `${layout.name} reads what ${pattern} wants in the fewest and longest reads, ${factor.toFixed(1)} times as fast as ${worst.layout.name}`;
  const percent = Math.round(100 * ofCeiling);
  if (setting.window !== undefined) {
    return `On ${device.id} ${choice}; a random order over all images would spend its time on seeks, shuffling within ${setting.window} images brings ${percent} % of the disk's own rate.`;
  }
  return `On ${device.id} ${choice}; it brings ${percent} % of the disk's own rate.`;
}

/** The first serves the most uses. */
const CANDIDATES = ['plane', 'image', 'plane-channel', 'block-image', 'contiguous'];
const ROUGH: Grid = { windows: [2048], aheads: [256], gaps: [4096], depths: [4] };
const FINE: Grid = {
  windows: [512, 1024, 2048, 3072, 4096, 8192],
  aheads: [32, 128, 256, 512],
  gaps: [4096, 65536, 2 ** 20],
  depths: [1, 2, 4],
};
/** Of the sequential rate. */
const ENOUGH = 0.8;
/** Of what chance does. */
const WELL = 0.9;
const SAMPLE = 1024;
const DEFAULT_WINDOW = 4096;
