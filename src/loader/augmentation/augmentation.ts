import { InvalidOptionError } from '../../errors.js';
import type { BatchDtype } from '../batch.js';
import { integer, oneOf } from '../check-option.js';

/** The part of each image that is delivered. */
export interface CropOptions {
  /** Rows and columns of an image in the batch. */
  readonly height: number;
  readonly width: number;
  /** `random`: anywhere, newly chosen each epoch. `centre`: the middle; what is left over is halved, rounded down. */
  readonly at: 'random' | 'centre';
  /** Rows and columns of zeros (stored values, before `scale`, `mean` and `std`) around the image. Default 0. */
  readonly pad?: number;
}

/**
 * Random factors, as torchvision's `ColorJitter` draws them: from `max(0, 1 - x)` to `1 + x` for a number,
 * from the first to the second of a pair. A pixel `v`, scaled, becomes
 * `brightness * (contrast * (v - mean) + mean)`; then `mean` and `std` apply. Nothing is clipped.
 */
export interface JitterOptions {
  readonly brightness?: number | readonly [number, number];
  /** About the option `mean`, which must be given: torchvision takes the mean of each image instead. */
  readonly contrast?: number | readonly [number, number];
}

/** Options of the random changes that images undergo on their way into a batch. */
export interface AugmentationOptions {
  /** Deliver a part of each image; of uncompressed chunks only its rows are read. Default: all of it. */
  readonly crop?: CropOptions;
  /** `horizontal`: every second image, by chance, is mirrored left to right. */
  readonly flip?: 'horizontal';
  /** float32 only: random brightness and contrast. */
  readonly jitter?: JitterOptions;
}

/** How images are augmented: the options checked, with their defaults. */
export interface Augmentation {
  /** Of an image as delivered. */
  readonly height: number;
  readonly width: number;
  readonly randomCrop: boolean;
  readonly pad: number;
  readonly flip: boolean;
  /** Lowest and highest factor. */
  readonly brightness: readonly [number, number];
  readonly contrast: readonly [number, number];
}

/**
 * @param stored size of the images in the file
 * @returns undefined where images are delivered as they are
 * @throws InvalidOptionError naming the option, what was expected and what came
 */
export function resolveAugmentation(
  options: AugmentationOptions & { readonly mean?: unknown },
  dtype: BatchDtype,
  stored: { readonly height: number; readonly width: number },
): Augmentation | undefined {
  const { crop, flip, jitter } = options;
  if (crop === undefined && flip === undefined && jitter === undefined) return undefined;
  if (flip !== undefined) oneOf('flip', flip, ['horizontal']);
  if (jitter !== undefined && dtype !== 'float32') {
    throw new InvalidOptionError(`Expected \`dtype\` float32 with \`jitter\`, got \`${dtype}\``);
  }
  if (jitter?.contrast !== undefined && options.mean === undefined) {
    throw new InvalidOptionError('Expected `mean` with `jitter.contrast`, got none', {
      advice: 'Contrast changes about the mean, which `planefeed stats` computes',
    });
  }
  const { height, width, at, pad } = resolveCrop(crop, stored);
  return {
    height,
    width,
    pad,
    randomCrop: at === 'random',
    flip: flip !== undefined,
    brightness: factors('jitter.brightness', jitter?.brightness),
    contrast: factors('jitter.contrast', jitter?.contrast),
  };
}

/** Whether images have scales and biases of their own. */
export function hasJitter({ brightness, contrast }: Augmentation): boolean {
  return [...brightness, ...contrast].some((factor) => factor !== 1);
}

function resolveCrop(
  crop: CropOptions | undefined,
  stored: { readonly height: number; readonly width: number },
): Required<CropOptions> {
  if (crop === undefined) return { ...stored, at: 'centre', pad: 0 };
  const pad = integer('crop.pad', crop.pad ?? 0, 0);
  oneOf('crop.at', crop.at, ['random', 'centre']);
  for (const side of ['height', 'width'] as const) {
    const most = stored[side] + 2 * pad;
    integer(`crop.${side}`, crop[side], 1);
    if (crop[side] <= most) continue;
    throw new InvalidOptionError(
      `Expected \`crop.${side}\` to be at most ${most}, the images' ${side}${pad > 0 ? ' with `crop.pad`' : ''}, got \`${crop[side]}\``,
      { advice: '`crop.pad` puts zeros around the images' },
    );
  }
  return { ...crop, pad };
}

function factors(name: string, value: unknown): readonly [number, number] {
  if (value === undefined) return [1, 1];
  const given: unknown = typeof value === 'number' ? [Math.max(0, 1 - value), 1 + value] : value;
  const [low, high, ...more] = (Array.isArray(given) ? given : []) as unknown[];
  if (isFactor(low) && isFactor(high) && low <= high && more.length === 0) return [low, high];
  throw new InvalidOptionError(
    `Expected \`${name}\` to be a number from 0 up, or the lowest and the highest factor, got \`${typeof value === 'number' ? value : JSON.stringify(value)}\``,
  );
}

function isFactor(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
