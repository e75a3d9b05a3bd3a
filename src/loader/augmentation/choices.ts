import type { Augmentation } from './augmentation.js';
import { philox } from './philox.js';

/** What was chosen for each image of a window, as parallel arrays. */
export interface ImageChoices {
  /** Upper left corner of the crop in the stored image; negative where it begins in the padding. */
  readonly tops: Int32Array;
  readonly lefts: Int32Array;
  /** 1: mirrored. */
  readonly flips: Uint8Array;
  /** Factors of the scale and of the bias (`-mean / std`) of every channel. */
  readonly scaleFactors: Float64Array;
  readonly biasFactors: Float64Array;
}

/** Makes the choices for images, each in its epoch. */
export type Choose = (images: ArrayLike<number>, epochs: ArrayLike<number>) => ImageChoices;

/**
 * The random choices are functions of (seed, epoch, image number) alone. An image's numbers are Philox4x32-10
 * under the key `seed` (64 bits, two's complement, low half first) at the counter `[image, epoch low half,
 * epoch high half, 0]`: the first chooses the crop's top, the second its left, the third is below 2^31 for
 * a flip, the fourth is the brightness; the contrast is the first at `[…, 1]`. Each is drawn whether or not
 * the others are asked for. A number `u` chooses from `n` places `floor(u * n / 2^32)`, and from a range
 * `low + (high - low) * u / 2^32`.
 *
 * @param stored size of the images in the file
 */
export function createChooser(
  augmentation: Augmentation,
  seed: number,
  stored: { readonly height: number; readonly width: number },
): Choose {
  const { pad, randomCrop, flip, brightness, contrast } = augmentation;
  const places = {
    vertical: stored.height + 2 * pad - augmentation.height + 1,
    horizontal: stored.width + 2 * pad - augmentation.width + 1,
  };
  const [seedLow, seedHigh] = halves(seed);
  const numbers = new Uint32Array(4);
  const draw = (image: number, epoch: number, block: number): void => {
    numbers[0] = image;
    numbers[1] = epoch;
    numbers[2] = Math.floor(epoch / TWO_32);
    numbers[3] = block;
    philox(numbers, seedLow, seedHigh);
  };

  return (images, epochs) => {
    const choices = arrays(images.length);
    const { tops, lefts, flips, scaleFactors, biasFactors } = choices;
    for (let i = 0; i < images.length; i++) {
      draw(images[i]!, epochs[i]!, 0);
      tops[i] = place(places.vertical, randomCrop, numbers[0]!) - pad;
      lefts[i] = place(places.horizontal, randomCrop, numbers[1]!) - pad;
      flips[i] = flip && numbers[2]! < TWO_32 / 2 ? 1 : 0;
      const b = factor(brightness, numbers[3]!);
      if (contrast[0] !== contrast[1]) draw(images[i]!, epochs[i]!, 1);
      const c = factor(contrast, numbers[0]!);
      // (b * (c * (v - mean) + mean) - mean) / std is v * scale / std and -mean / std, times these.
      scaleFactors[i] = b * c;
      biasFactors[i] = 1 - b * (1 - c);
    }
    return choices;
  };
}

const TWO_32 = 2 ** 32;

function place(places: number, random: boolean, number: number): number {
  return random ? Math.floor((number * places) / TWO_32) : Math.floor((places - 1) / 2);
}

function factor([low, high]: readonly [number, number], number: number): number {
  return low + ((high - low) * number) / TWO_32;
}

/** The 64 bits of an integer in two's complement: lower and upper half. */
function halves(integer: number): [number, number] {
  return [integer >>> 0, Math.floor(integer / TWO_32) >>> 0];
}

function arrays(length: number): ImageChoices {
  return {
    tops: new Int32Array(length),
    lefts: new Int32Array(length),
    flips: new Uint8Array(length),
    scaleFactors: new Float64Array(length),
    biasFactors: new Float64Array(length),
  };
}
