import sharp from 'sharp';
import { ImageError } from '../errors.js';
import type { DecodeOptions } from './decode.js';
import { channelCount, decodeImage } from './decode.js';
import { rescale, whiteOf } from './decode/rescale.js';
import type { PixelArray } from './pixel-types.js';
import { pixelTypes } from './pixel-types.js';
import type { PixelRecord } from './source.js';

/**
 * Brings an image that comes as an array to the size and channels of the file, as images that come
 * encoded are. What has them already, and the file's dtype, is taken as it is.
 *
 * @throws ImageError when the array isn't of its shape, or can't be brought to it
 */
export async function fitPixels(record: PixelRecord, options: DecodeOptions): Promise<PixelArray> {
  const { pixels } = record;
  const wanted = [options.height, options.width, channelCount[options.channels]] as const;
  const shape = record.shape ?? wanted;
  const elements = shape[0] * shape[1] * shape[2];
  if (pixels.length !== elements) {
    throw new ImageError(
      `Expected ${shape.join('×')} = ${elements} elements of pixels, got ${pixels.length}`,
    );
  }
  const { dtype = 'uint8' } = options;
  const fits = shape.every((length, dimension) => length === wanted[dimension]);
  if (fits && pixels instanceof pixelTypes[dtype].array) return pixels;
  if (!(pixels instanceof Uint8Array)) {
    const found = pixels instanceof Uint16Array ? 'uint16' : 'float32';
    throw new ImageError(
      `Expected pixels of ${dtype} and ${wanted.join('×')}, or uint8, got ${found} and ${shape.join('×')}`,
      { advice: `Choose that size, and the dtype ${found}` },
    );
  }
  if (fits) return rescale(pixels, whiteOf.uint8, dtype);
  const [height, width, channels] = shape;
  if (elements === 0 || !isChannelCount(channels)) {
    throw new ImageError(`Expected 1 to 4 channels of pixels, got shape ${shape.join('×')}`);
  }
  // The decoder's rules are for files; this is one without loss.
  const file = sharp(pixels, { raw: { height, width, channels } }).png({ compressionLevel: 0 });
  return decodeImage(await file.toBuffer(), options);
}

function isChannelCount(channels: number): channels is 1 | 2 | 3 | 4 {
  return channels >= 1 && channels <= 4 && Number.isInteger(channels);
}
