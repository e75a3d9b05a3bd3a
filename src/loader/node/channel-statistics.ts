import { InvalidOptionError } from '../../errors.js';
import type { BatchArray, BatchDtype } from '../batch.js';
import {
  collectBytes,
  collectNumbers,
  type Moments,
  type MomentsCollector,
} from '../channel-moments.js';
import { finite } from '../check-option.js';
import { createByteSums } from '../kernels/byte-sums.js';
import type { Loader } from '../loader.js';
import type { LoaderOptions } from '../options.js';
import { openLoader } from './open-loader.js';

export interface StatisticsOptions extends Pick<
  LoaderOptions,
  'dataset' | 'axes' | 'channels' | 'where' | 'images' | 'split' | 'workers' | 'signal'
> {
  /** The `scale` that the loader will be given: statistics are of the values after it. Default 1. */
  readonly scale?: number;
  /** Called after every batch. */
  readonly onProgress?: (progress: StatisticsProgress) => void;
}

export interface StatisticsProgress {
  /** Images. */
  readonly done: number;
  readonly total: number;
  /** Bytes read so far. */
  readonly bytes: number;
}

/** Statistics of the pixels, one number a channel in the order asked for. */
export interface ChannelStatistics {
  readonly dataset: string;
  readonly images: number;
  /** Pixels of a channel: images × height × width. */
  readonly pixels: number;
  readonly channels: readonly number[];
  readonly scale: number;
  readonly mean: readonly number[];
  /** Standard deviation of the population. */
  readonly std: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

const BATCH_BYTES = 4 * 2 ** 20;
const MAX_BATCH = 256;

/**
 * Computes what the options `mean` and `std` of a loader want, in one pass over the images. Of uint8
 * images the sums are exact; of others they are taken in double precision, of the values as float32.
 * Where a channel holds NaN, so do its statistics.
 *
 * @throws InvalidOptionError when there are no images, or as `openLoader`
 * @example
 * const { scale, mean, std } = await channelStatistics('photos.h5', { scale: 1 / 255 });
 * const loader = await openLoader('photos.h5', { dtype: 'float32', scale, mean, std });
 */
export async function channelStatistics(
  path: string,
  options: StatisticsOptions = {},
): Promise<ChannelStatistics> {
  const { scale = 1, onProgress, dataset = '/images', ...given } = options;
  finite('scale', scale);
  // In layout nchw the values of a channel come as one run.
  await using loader = await openInBatches(path, {
    ...given,
    dataset,
    layout: 'nchw',
    columns: {},
  });
  const { length, imageShape } = loader;
  if (length === 0) {
    throw new InvalidOptionError('Expected images to take statistics of, found none', {
      place: { file: path, dataset },
    });
  }
  const sumsOf = createByteSums();
  const moments = await (isOf(loader, 'uint8')
    ? collect(loader, () => collectBytes(sumsOf), onProgress)
    : collect(loader as Loader<'float32'>, collectNumbers, onProgress));
  const ends = moments.map(({ min, max }) => [min * scale, max * scale] as const);
  return {
    dataset,
    images: length,
    pixels: length * imageShape[1] * imageShape[2],
    channels: options.channels ?? Array.from(moments.keys()),
    scale,
    mean: moments.map(({ mean }) => mean * scale),
    std: moments.map(({ variance }) => Math.sqrt(variance) * Math.abs(scale)),
    min: ends.map((pair) => Math.min(...pair)),
    max: ends.map((pair) => Math.max(...pair)),
  };
}

/** Moments of each channel of batches in layout nchw. */
async function collect<D extends BatchDtype>(
  loader: Loader<D>,
  createCollector: () => MomentsCollector<BatchArray<D>>,
  onProgress: StatisticsOptions['onProgress'],
): Promise<Moments[]> {
  const [depth, height, width] = loader.imageShape;
  const plane = height * width;
  const collectors = Array.from({ length: depth }, createCollector);
  let done = 0;
  for await (const { images, indices } of loader) {
    for (let at = 0; at < images.length; at += plane) {
      const values = images.subarray(at, at + plane) as BatchArray<D>;
      collectors[(at / plane) % depth]!.add(values);
    }
    done += indices.length;
    onProgress?.({ done, total: loader.length, bytes: loader.stats().bytesRead });
  }
  return collectors.map((collector) => collector.moments());
}

function isOf<D extends BatchDtype>(loader: Loader, dtype: D): loader is Loader<D> {
  return loader.dtype === dtype;
}

/** Opens a loader whose batches are worth a message and no burden on memory, however large images are. */
async function openInBatches(path: string, options: LoaderOptions): Promise<Loader> {
  const single = await openLoader(path, { ...options, workers: 0, batchSize: 1 });
  // In the slow lane reading an image costs far more than a batch of one does.
  if (single.lane === 'h5wasm') return single;
  await single.close();
  const imageBytes = single.imageShape.reduce((a, b) => a * b, single.dtype === 'uint8' ? 1 : 4);
  const batchSize = Math.min(MAX_BATCH, Math.max(1, Math.floor(BATCH_BYTES / imageBytes)));
  return openLoader(path, { ...options, batchSize });
}
