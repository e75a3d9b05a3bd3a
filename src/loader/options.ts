import { InvalidOptionError } from '../errors.js';
import type { AugmentationOptions } from './augmentation/augmentation.js';
import type { BatchDtype } from './batch.js';
import { finite, integer, oneOf } from './check-option.js';
import { checkOnCorrupt, type OnCorrupt } from './corruption.js';
import { resolveOrder, type OrderOptions, type ResolvedOrder } from './order-options.js';
import type { Verify } from './verification.js';

/** How a loader reads, orders and delivers images. Every option has a default. */
export interface LoaderOptions<D extends BatchDtype = BatchDtype>
  extends OrderOptions, AugmentationOptions {
  /** Path of the image dataset in the file. Default `/images`. */
  readonly dataset?: string;
  /**
   * What the dataset's dimensions are, a letter each: `n` image, `h` height, `w` width, `c` channel.
   * Default `nhwc` at rank 4, `nhw` (one channel) at rank 3.
   */
  readonly axes?: string;
  /** Images per batch. Default 32. */
  readonly batchSize?: number;
  /**
   * Epochs that one iteration delivers; that with which a `state` goes on counts, though it delivers only
   * the rest of it. Default 1; each further iteration goes on with the next epoch.
   */
  readonly epochs?: number;
  /** Channel numbers to deliver, in that order. Default all. */
  readonly channels?: readonly number[];
  /** Element type delivered. Default `uint8` for a uint8 dataset, else `float32`. */
  readonly dtype?: D;
  /** float32 only: a pixel becomes `(value * scale - mean[c]) / std[c]`. Default 1. */
  readonly scale?: number;
  /** float32 only: per delivered channel, or one for all. Default 0. */
  readonly mean?: number | readonly number[];
  /** float32 only: per delivered channel, or one for all. Default 1. */
  readonly std?: number | readonly number[];
  /** Order of a batch's dimensions. Default `nhwc`. */
  readonly layout?: 'nhwc' | 'nchw';
  /**
   * Columns to deliver beside the images: name in the batch → path in the file. Default
   * `{ label: '/labels' }` where the file has that dataset.
   */
  readonly columns?: Readonly<Record<string, string>>;
  /** Leave out an epoch's last batch if it isn't full. Default false. */
  readonly dropLast?: boolean;
  /**
   * Batches made ahead of the consumer. Default: as many as fit 128 MiB, from 2 to 16, where reads come
   * from a disk or serve several images; else as many as fit 16 MiB.
   */
  readonly prefetch?: number;
  /** Threads that read and assemble; 0: the calling thread does. Default: cores less one, from 1 to 4. */
  readonly workers?: number;
  /** Bytes of batches (prefetched and retained) and scratch at most. Default 1 GiB; below 4 GiB. */
  readonly memoryLimit?: number;
  /** Unwanted bytes that are read rather than split a read in two. Default 4096. */
  readonly coalesceGap?: number;
  /**
   * Which planes are held to the file's `/checksums`: `'off'`, `'sample'` (default: one image in a
   * hundred, others in each epoch), or `'all'`.
   */
  readonly verify?: Verify;
  /**
   * What becomes of an image that is damaged (its checksum is wrong, or its chunk can't be decoded):
   * `'error'` (default), or `{ action: 'replace' | 'skip', budget }`, `budget` different images at most.
   */
  readonly onCorrupt?: OnCorrupt;
  /** Aborting it ends the iteration with its reason. */
  readonly signal?: AbortSignal;
}

/** Options that don't depend on the file, checked, with their defaults. */
export interface ResolvedOptions {
  readonly batchSize: number;
  readonly order: ResolvedOrder;
  readonly epochs: number;
  readonly layout: 'nhwc' | 'nchw';
  readonly dropLast: boolean;
  readonly memoryLimit: number;
  readonly coalesceGap: number;
  readonly verify: Verify;
  readonly onCorrupt: OnCorrupt;
  readonly signal: AbortSignal | undefined;
}

const GIB = 2 ** 30;

/** @throws InvalidOptionError naming the option, what was expected and what came */
export function resolveOptions(options: LoaderOptions): ResolvedOptions {
  const { layout = 'nhwc' } = options;
  if (options.prefetch !== undefined) integer('prefetch', options.prefetch, 1);
  if (options.workers !== undefined) integer('workers', options.workers, 0);
  oneOf('layout', layout, ['nhwc', 'nchw']);
  return {
    batchSize: integer('batchSize', options.batchSize ?? 32, 1),
    order: resolveOrder(options),
    epochs: options.epochs === Infinity ? Infinity : integer('epochs', options.epochs ?? 1, 1),
    layout,
    dropLast: options.dropLast ?? false,
    memoryLimit: integer('memoryLimit', options.memoryLimit ?? GIB, 1),
    coalesceGap: integer('coalesceGap', options.coalesceGap ?? 4096, 0),
    verify: oneOf('verify', options.verify ?? 'sample', ['off', 'sample', 'all']),
    onCorrupt: checkOnCorrupt(options.onCorrupt ?? 'error'),
    signal: options.signal,
  };
}

/** @param channelCount channels that the dataset has */
export function resolveChannels(
  channels: readonly number[] | undefined,
  channelCount: number,
): number[] {
  const resolved = [...(channels ?? Array(channelCount).keys())];
  const valid = (channel: number): boolean =>
    Number.isInteger(channel) && channel >= 0 && channel < channelCount;
  if (resolved.length === 0 || !resolved.every(valid)) {
    throw new InvalidOptionError(
      `Expected \`channels\` to be one or more numbers from 0 to ${channelCount - 1}, got \`[${resolved.join(', ')}]\``,
    );
  }
  return resolved;
}

/**
 * `(value * scale - mean) / std` as one multiplication and one addition a channel, in single precision.
 */
export function resolveAffine(
  options: LoaderOptions,
  dtype: BatchDtype,
  channels: number,
): { scale: Float32Array; bias: Float32Array } {
  const { scale = 1, mean = 0, std = 1 } = options;
  const given = [options.scale, options.mean, options.std].some((option) => option !== undefined);
  if (given && dtype !== 'float32') {
    throw new InvalidOptionError(
      `Expected \`dtype\` float32 with \`scale\`, \`mean\` or \`std\`, got \`${dtype}\``,
    );
  }
  finite('scale', scale);
  const means = perChannel('mean', mean, channels);
  const stds = perChannel('std', std, channels);
  if (stds.includes(0)) throw new InvalidOptionError('Expected `std` to be other than 0, got `0`');
  return {
    scale: Float32Array.from(stds, (value) => scale / value),
    bias: Float32Array.from(stds, (value, channel) => -(means[channel] ?? 0) / value || 0),
  };
}

export function resolveDtype(
  dtype: BatchDtype | undefined,
  input: { readonly kind: string; readonly size: number },
): BatchDtype {
  const natural = input.kind === 'u' && input.size === 1 ? 'uint8' : 'float32';
  return oneOf('dtype', dtype ?? natural, ['uint8', 'int32', 'float32']);
}

function perChannel(name: string, value: number | readonly number[], channels: number): number[] {
  const list = typeof value === 'number' ? Array<number>(channels).fill(value) : [...value];
  for (const entry of list) finite(name, entry);
  if (list.length === channels) return list;
  throw new InvalidOptionError(
    `Expected \`${name}\` to be one number or one per delivered channel (${channels}), got ${list.length} numbers`,
  );
}
