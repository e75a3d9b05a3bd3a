import { InvalidOptionError } from '../../errors.js';
import type { Channels } from '../decode.js';
import type { PixelArray } from '../pixel-types.js';

/** How images lie in an array whose first dimension counts them. */
export interface ImageAxes {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: Channels;
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  /** Elements of one image. */
  readonly elements: number;
  /** The pixels of one image, interleaved: the array itself where they are. */
  interleave(image: PixelArray): PixelArray;
}

const channelsOf: Readonly<Record<number, Channels>> = { 1: 'gray', 3: 'rgb', 4: 'rgba' };

/**
 * @param axes n image, h height, w width, c channel, as the loader names them; default `nhwc`, or
 *   `nhw` at rank 3
 * @throws InvalidOptionError when they aren't the array's, or it has 2 channels, or more than 4
 */
export function imageAxes(
  shape: readonly number[],
  axes: string | undefined,
  name: string,
): ImageAxes {
  const letters = axes ?? (shape.length === 3 ? 'nhw' : 'nhwc');
  const sorted = letters.split('').sort().join('');
  if (letters.length !== shape.length || (sorted !== 'chnw' && sorted !== 'hnw')) {
    throw new InvalidOptionError(
      `Expected ${name} to have the dimensions ${letters}, found shape [${shape.join(', ')}]`,
      { advice: 'Name its dimensions with the option axes (--axes): nhw, nhwc or nchw' },
    );
  }
  if (!letters.startsWith('n')) {
    throw new InvalidOptionError(`Expected the images of ${name} along its first dimension`);
  }
  const strides = stridesOf(shape);
  const along = (letter: string): { length: number; stride: number } => {
    const at = letters.indexOf(letter);
    return at < 0 ? { length: 1, stride: 0 } : { length: shape[at]!, stride: strides[at]! };
  };
  const [h, w, c] = [along('h'), along('w'), along('c')];
  const channels = channelsOf[c.length];
  if (channels === undefined) {
    throw new InvalidOptionError(
      `Expected images of 1, 3 or 4 channels in ${name}, found ${c.length} (shape [${shape.join(', ')}])`,
      { advice: 'If its dimensions lie otherwise, name them with the option axes (--axes): nchw' },
    );
  }
  const interleaved = letters === 'nhw' || letters === 'nhwc';
  return {
    count: shape[0]!,
    height: h.length,
    width: w.length,
    channels,
    shape: [h.length, w.length, c.length],
    elements: h.length * w.length * c.length,
    interleave: (image) => (interleaved ? image : gather(image, h, w, c)),
  };
}

interface Dimension {
  readonly length: number;
  readonly stride: number;
}

function gather(image: PixelArray, h: Dimension, w: Dimension, c: Dimension): PixelArray {
  const pixels = image.slice();
  let at = 0;
  for (let y = 0; y < h.length; y++) {
    for (let x = 0; x < w.length; x++) {
      const from = y * h.stride + x * w.stride;
      for (let k = 0; k < c.length; k++) pixels[at++] = image[from + k * c.stride]!;
    }
  }
  return pixels;
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}
