import sharp from 'sharp';
import { ImageError } from '../errors.js';

/** How an image is brought to size; `none` demands that it has the size already. */
export type Fit = 'cover' | 'contain' | 'fill' | 'none';

/** The channels that are kept, in this order. */
export type Channels = 'rgb' | 'gray' | 'rgba';

export const channelCount: Readonly<Record<Channels, number>> = { rgb: 3, gray: 1, rgba: 4 };

export interface DecodeOptions {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  readonly channels: Channels;
  readonly fit: Fit;
  /** Larger images are refused before they are decoded; default 16,384 × 16,384. */
  readonly maxPixels?: number;
}

const defaultMaxPixels = 16_384 * 16_384;

/**
 * Decodes an image (anything that sharp reads) to `height × width × channels` bytes, interleaved.
 *
 * The EXIF orientation is applied, an embedded colour profile and CMYK are converted to sRGB,
 * 16-bit values scaled to 8, of an animation the first frame is taken. `gray` is sRGB's luminance.
 * Without an alpha channel to keep, transparent parts are laid on black; `contain` pads with black
 * too, transparent in `rgba`: no signal is zero.
 *
 * @throws ImageError when the bytes are no image, broken, cut short, too large, or of another
 *   size with fit `none`.
 * @example
 * await decodeImage(await readFile('cat.jpg'), { height: 64, width: 64, channels: 'rgb', fit: 'cover' });
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions): Promise<Uint8Array> {
  const { height, width, channels, fit } = options;
  if (bytes.length === 0) throw new ImageError('Expected an image, found an empty file');
  const black = { r: 0, g: 0, b: 0, alpha: channels === 'rgba' ? 0 : 1 };
  let image = sharp(bytes, {
    failOn: 'error',
    limitInputPixels: options.maxPixels ?? defaultMaxPixels,
    autoOrient: true,
  });
  if (fit !== 'none') image = image.resize({ width, height, fit, background: black });
  image = channels === 'rgba' ? image.ensureAlpha() : image.flatten({ background: '#000' });
  image = image.toColourspace(channels === 'gray' ? 'b-w' : 'srgb').raw();

  const { data, info } = await image
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new ImageError(describe(error), { cause: error });
    });
  if (info.height !== height || info.width !== width) {
    throw new ImageError(
      `Expected ${height}×${width} pixels (height × width), got ${info.height}×${info.width}`,
    );
  }
  const expected = channelCount[channels];
  if (info.channels !== expected) {
    throw new ImageError(`Expected ${expected} channels, the decoder gave ${info.channels}`);
  }
  return data;
}

/**
 * The first line that libvips reports. Further ones may be of another image that failed at the
 * same time: all threads share one log.
 */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '') ?? message;
}
