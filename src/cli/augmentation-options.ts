import { InvalidArgumentError, Option, type Command } from 'commander';
import { InvalidOptionError } from '../errors.js';
import type { AugmentationOptions } from '../loader/augmentation/augmentation.js';
import { parseCountOrZero, parseNumbers, parseSize } from './parse-options.js';

/** How images are augmented, as given on the command line. */
export interface AugmentationCommandOptions {
  readonly crop?: { readonly height: number; readonly width: number };
  readonly cropAt?: 'random' | 'centre';
  readonly pad?: number;
  readonly flip?: true;
  readonly brightness?: Factor;
  readonly contrast?: Factor;
}

type Factor = number | readonly [number, number];

export function addAugmentationOptions(command: Command): Command {
  return command
    .option('--crop <size>', 'deliver a part of each image: HEIGHTxWIDTH', parseSize)
    .addOption(
      new Option('--crop-at <where>', 'where --crop is (default: random)').choices([
        'random',
        'centre',
      ]),
    )
    .option(
      '--pad <n>',
      'with --crop: rows and columns of zeros around the image (default: 0)',
      parseCountOrZero,
    )
    .option('--flip', 'mirror every second image, by chance')
    .option(
      '--brightness <x>',
      'float32: times a random factor from 1 - x to 1 + x, or from one to another: 0.8,1.2',
      parseFactor,
    )
    .option('--contrast <x>', 'float32: likewise, about --mean', parseFactor);
}

/** The same as options of a loader. */
export function augmentationOptions(options: AugmentationCommandOptions): AugmentationOptions {
  const { crop, cropAt, pad, flip, brightness, contrast } = options;
  if (crop === undefined && (cropAt !== undefined || pad !== undefined)) {
    throw new InvalidOptionError('Expected --crop with --crop-at and --pad, got none');
  }
  const jitter = {
    ...(brightness === undefined ? {} : { brightness }),
    ...(contrast === undefined ? {} : { contrast }),
  };
  return {
    ...(crop === undefined
      ? {}
      : { crop: { ...crop, at: cropAt ?? 'random', ...(pad === undefined ? {} : { pad }) } }),
    ...(flip === true ? { flip: 'horizontal' } : {}),
    ...(Object.keys(jitter).length === 0 ? {} : { jitter }),
  };
}

/** `0.4`, or `0.8,1.2`, for commander. */
function parseFactor(text: string): Factor {
  const [first, second, ...rest] = parseNumbers(text);
  if (first === undefined || rest.length > 0) {
    throw new InvalidArgumentError('Expected a number or two, for example 0.4 or 0.8,1.2.');
  }
  return second === undefined ? first : [first, second];
}
