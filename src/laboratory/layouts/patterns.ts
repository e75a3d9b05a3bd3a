import { chunkGrid } from '../../chunking/chunk-grid.js';
import { InvalidOptionError } from '../../errors.js';
import { epochOrder, type Shuffle } from '../../loader/order.js';
import type { ReadTrace } from '../trace.js';
import type { Layout } from './layout.js';
import { libraryTrace, type Box } from './library-trace.js';
import { loaderTrace, type Crop, type LoaderReading } from './loader-trace.js';
import { writtenAs, type PlacedImages } from './place-chunks.js';

/** Ways of using images, in words. */
export const patterns = {
  append: 'images written one after the other',
  'images in order': 'whole images as stored',
  'images shuffled': 'whole images, every one at random from all',
  'images window-shuffled': 'whole images, at random within a window',
  'channel in order': 'one channel of every image, as stored',
  'channel shuffled': 'one channel of every image, at random from all',
  'crop shuffled': 'the middle, half as high and half as wide, of images at random',
  'pixel column': 'one pixel of every image: ds[:, y, x, :]',
} as const;

export type Pattern = keyof typeof patterns;

export const patternNames: readonly Pattern[] = Object.keys(patterns) as Pattern[];

/** Who reads: planefeed (with look-ahead, in file order), or h5py (`ds[i]`, image by image). */
export type Reader = 'planefeed' | 'h5py';

/** What a pattern leaves open. */
export interface PatternOptions {
  /**
   * Images that are read, from the first of the epoch on; fewer of layouts that cut an image into very
   * many chunks, but as many as planefeed looks ahead.
   */
  readonly images: number;
  /** Images of the shuffle window, all planned together. */
  readonly window: number;
  /** How planefeed reads; within a window it looks at least that far ahead. */
  readonly reading: LoaderReading;
  readonly seed?: number;
}

/** A pattern's reads. */
export interface PatternTrace {
  readonly trace: ReadTrace;
  /** Images that it is about. */
  readonly images: number;
  /** Bytes of pixels that were asked for, before compression. */
  readonly wanted: number;
}

/** @throws InvalidOptionError for a name that isn't one; the message lists all */
export function patternNamed(name: string): Pattern {
  if (Object.hasOwn(patterns, name)) return name as Pattern;
  throw new InvalidOptionError(`There is no pattern "${name}"`, {
    advice: `Patterns are ${patternNames.map((known) => `"${known}"`).join(', ')}`,
  });
}

/** Whether this reader has a way of its own with a pattern: selections are h5py's alone. */
export function readersOf(pattern: Pattern): readonly Reader[] {
  return pattern === 'pixel column' ? ['h5py'] : ['planefeed', 'h5py'];
}

/**
 * The reads of a pattern from images that lie somewhere: a pure function.
 *
 * @returns `undefined` where it can't be done: contiguous data can't be appended to
 */
export function tracePattern(
  placed: PlacedImages,
  layout: Layout,
  pattern: Pattern,
  reader: Reader,
  options: PatternOptions,
): PatternTrace | undefined {
  const { shape, itemSize } = placed;
  const [n, h, w, c] = shape;
  const fewer = Math.floor(MOST_PIECES / piecesOf(placed));
  const least = reader === 'planefeed' ? options.reading.ahead : 32;
  const images = Math.min(options.images, n, Math.max(fewer, least));
  if (pattern === 'append') {
    if (placed.contiguous) return undefined;
    if (reader === 'planefeed') return appended(placed, layout, images);
    const trace = libraryTrace(placed, selections(inOrder(images), { ...whole(h, w), c }));
    return { trace, images, wanted: images * h * w * c * itemSize };
  }
  if (pattern === 'pixel column') {
    const start = [0, Math.floor(h / 2), Math.floor(w / 2), 0];
    const trace = libraryTrace(placed, [{ start, count: [images, 1, 1, c] }]);
    return { trace, images, wanted: images * c * itemSize };
  }
  const numbers = epochOf(pattern, n, images, options);
  const oneChannel = pattern.startsWith('channel');
  const crop = pattern.startsWith('crop') ? middleOf(h, w) : undefined;
  const { height, width } = crop ?? { height: h, width: w };
  const channels = oneChannel ? [Math.min(1, c - 1)] : Array.from({ length: c }, (_, i) => i);
  const trace =
    reader === 'planefeed'
      ? loaderTrace(placed, numbers, channels, readingOf(pattern, options), crop)
      : libraryTrace(
          placed,
          selections(numbers, {
            ...(crop ?? whole(h, w)),
            c: channels.length,
            channel: channels[0]!,
          }),
        );
  return { trace, images, wanted: images * height * width * channels.length * itemSize };
}

/** Chunks that an image has parts in. */
function piecesOf({ shape, chunkShape }: PlacedImages): number {
  return shape
    .slice(1)
    .reduce((pieces, length, axis) => pieces * Math.ceil(length / chunkShape[axis + 1]!), 1);
}

/** How an epoch of this pattern is ordered. */
export function shuffleOf(pattern: Pattern, window: number): Shuffle {
  if (pattern.endsWith('window-shuffled')) return { window };
  return pattern.endsWith('shuffled') ? 'full' : false;
}

function epochOf(
  pattern: Pattern,
  n: number,
  images: number,
  { window, seed = 1 }: PatternOptions,
): number[] {
  const at = epochOrder(shuffleOf(pattern, window), seed, 0, n);
  return Array.from({ length: images }, (_, position) => at(position));
}

function readingOf(pattern: Pattern, { window, reading }: PatternOptions): LoaderReading {
  return pattern.endsWith('window-shuffled')
    ? { ...reading, ahead: Math.max(window, reading.ahead) }
    : reading;
}

/** Chunks as planefeed writes them: each once and whole, in the order in which they lie. */
function appended(placed: PlacedImages, layout: Layout, atLeast: number): PatternTrace {
  const { shape, chunkShape, itemSize } = placed;
  const [n, h, w, c] = shape;
  const grid = chunkGrid(shape, chunkShape);
  const rank = writtenAs(grid, layout);
  const depth = chunkShape[0]!;
  const rows = Math.ceil(atLeast / depth);
  const chunks = Float64Array.from({ length: rows * grid.strides[0]! }, (_, chunk) => chunk).sort(
    (a, b) => rank(a) - rank(b),
  );
  const { offsets, sizes } = placed.locate(chunks);
  const images = Math.min(n, rows * depth);
  return {
    trace: { offsets, lengths: sizes, depth: 1, barriers: new Uint32Array(0) },
    images,
    wanted: images * h * w * c * itemSize,
  };
}

/** `ds[i, top:top+height, left:left+width, channel:channel+c]` of every image. */
function selections(
  numbers: readonly number[],
  {
    top,
    left,
    height,
    width,
    c,
    channel = 0,
  }: Crop & { readonly c: number; readonly channel?: number },
): Box[] {
  return numbers.map((image) => ({
    start: [image, top, left, channel],
    count: [1, height, width, c],
  }));
}

function inOrder(images: number): number[] {
  return Array.from({ length: images }, (_, i) => i);
}

function whole(height: number, width: number): Crop {
  return { top: 0, left: 0, height, width };
}

function middleOf(h: number, w: number): Crop {
  const [height, width] = [Math.max(1, Math.floor(h / 2)), Math.max(1, Math.floor(w / 2))];
  return { top: Math.floor((h - height) / 2), left: Math.floor((w - width) / 2), height, width };
}

const MOST_PIECES = 2e5;
