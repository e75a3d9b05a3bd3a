import { ImageError } from '../errors.js';
import { animationFrames } from './decode/animation-frames.js';
import { decodeMemory } from './decode/decode-memory.js';
import type { Background, Channels, Fit, Target } from './decode/decode-pixels.js';
import { decodePixels } from './decode/decode-pixels.js';
import { formatOf } from './decode/image-format.js';
import type { ImageHeader } from './decode/image-header.js';
import { brokenImage, readImageHeader } from './decode/image-header.js';
import { withoutJunk } from './decode/jpeg-header.js';
import { createMemoryBudget } from './decode/memory-budget.js';
import type { PixelArray, PixelDtype } from './pixel-types.js';
import { completeSvg } from './decode/svg.js';

export { channelCount } from './decode/decode-pixels.js';
export type { Background, Channels, Fit } from './decode/decode-pixels.js';

export interface DecodeOptions {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  readonly channels: Channels;
  readonly fit: Fit;
  /** The type of the samples; default `uint8`. */
  readonly dtype?: PixelDtype | undefined;
  /** What shows through where an image is transparent, unless alpha is kept; default `white`. */
  readonly background?: Background | undefined;
  /** Larger images are refused before they are decoded; default 16,384 × 16,384. */
  readonly maxPixels?: number | undefined;
}

export const defaultMaxPixels: number = 16_384 * 16_384;

/** An image whose header has been read, and that isn't decoded yet. */
export interface OpenedImage {
  /** Pictures in it: frames of an animation, pages of a TIFF. */
  readonly frames: number;
  /** Bytes that decoding takes at most, beyond the file's: an estimate that errs upwards. */
  readonly memory: number;
  /** The first, or what stands for an animation as a whole. */
  first(): Promise<PixelArray>;
  /** All of them from number `from` on, in order; each is decoded when it is asked for. */
  all(from?: number): AsyncGenerator<PixelArray>;
}

export interface ImageDecoder {
  /**
   * Reads the header, and refuses what is no image, can't be decoded, or is too large.
   *
   * @throws ImageError
   */
  open(bytes: Uint8Array): Promise<OpenedImage>;
}

/**
 * A decoder of images (anything that sharp reads) to `height × width × channels` samples,
 * interleaved. What the pixels become is told at `decodeImage`. Any number may be decoded at once.
 *
 * @param memoryLimit bytes that an image and its decoding may take; one that needs more is refused
 */
export function createDecoder(options: DecodeOptions, memoryLimit: number = 2 ** 31): ImageDecoder {
  const { maxPixels = defaultMaxPixels, dtype = 'uint8', background = 'white' } = options;
  const { height, width, channels, fit } = options;
  const target: Target = { height, width, channels, fit, dtype, background };
  const turns = createMemoryBudget(2 ** 16);

  /** @throws ImageError */
  const weigh = (header: ImageHeader, bytes: Uint8Array): number => {
    requirePixels(header, maxPixels);
    if (fit === 'none') requireSize(header, target);
    const needed = decodeMemory(header, target, bytes.length);
    if (needed + bytes.length <= memoryLimit) return needed;
    throw new ImageError(
      `Expected an image that can be decoded in ${megabytes(memoryLimit)}, this ${header.format} of ${header.height}×${header.width} pixels takes about ${megabytes(needed + bytes.length)}`,
      { advice: 'Raise the memory limit' },
    );
  };

  /** Does a second time what failed, alone: all threads of libvips share one log. */
  const withReason = async <T>(format: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await turns.use(1, work);
    } catch (error) {
      if (error instanceof ImageError) throw error;
    }
    try {
      return await turns.use(turns.bytes, work);
    } catch (error) {
      if (error instanceof ImageError) throw error;
      throw new ImageError(brokenImage(format, error), { cause: error });
    }
  };

  const decode = (
    bytes: Uint8Array,
    header: ImageHeader,
    first: number,
    count: number,
  ): Promise<PixelArray[]> => {
    weigh(header, bytes);
    return withReason(header.format, () => decodePixels(bytes, header, target, { first, count }));
  };

  return {
    open: async (given) => {
      const { bytes, format } = await recognize(given);
      const headerOf = (page: number): Promise<ImageHeader> =>
        withReason(format, () => readImageHeader(bytes, format, page));
      const header = await headerOf(0);
      return {
        frames: header.frames,
        memory: weigh(header, bytes),
        first: async () => (await decode(bytes, header, 0, 1))[0]!,
        all: (from = 0) =>
          animationFrames({
            bytes,
            header,
            target,
            from,
            decode,
            headerOf,
            use: (work) => withReason(format, work),
          }),
      };
    },
  };
}

/** The array that holds samples of a type. */
export type PixelsOf<D extends PixelDtype> = {
  uint8: Uint8Array;
  uint16: Uint16Array;
  float32: Float32Array;
}[D];

/**
 * Decodes an image (anything that sharp reads) to `height × width × channels` samples, interleaved.
 *
 * What the bytes are decides, whatever their name. The EXIF orientation is applied, an embedded
 * colour profile and CMYK are converted to sRGB, of an animation or a file of several pages the
 * first is taken. `gray` is sRGB's luminance. Without an alpha channel to keep, transparent parts
 * are laid on the background; `contain` pads with black, transparent in `rgba`: no signal is zero.
 *
 * `uint8` and `uint16` are black at 0 and white at 255 and 65,535, `float32` at 0 and 1. Samples of
 * 16 bits are resized as such, and kept exactly as `uint16`; as `uint8` they are rounded to the
 * nearest. Those of 8 bits give the same picture whatever the type: `uint16` is `uint8` × 257,
 * `float32` is `uint8` ÷ 255. Floating-point images go in as they are, as `float32` only.
 *
 * @throws ImageError when the bytes are no image, broken, cut short, too large, or of another
 *   size with fit `none`.
 * @example
 * await decodeImage(await readFile('cat.jpg'), { height: 64, width: 64, channels: 'rgb', fit: 'cover' });
 */
export async function decodeImage<D extends PixelDtype = 'uint8'>(
  bytes: Uint8Array,
  options: DecodeOptions & { readonly dtype?: D | undefined },
): Promise<PixelsOf<D>> {
  const decoder = createDecoder(options);
  const image = await decoder.open(bytes);
  return (await image.first()) as PixelsOf<D>;
}

/** @throws ImageError when there is no decoder for them. */
async function recognize(bytes: Uint8Array): Promise<{ bytes: Uint8Array; format: string }> {
  if (bytes.length === 0) throw new ImageError('Expected an image, found an empty file');
  const format = formatOf(bytes);
  if (format === undefined) {
    throw new ImageError('Expected an image, found bytes of no known image format');
  }
  const { name, decodable } = format;
  if (!decodable) {
    throw new ImageError(`Expected JPEG, PNG, WebP, GIF, TIFF, AVIF or SVG, found ${name}`, {
      advice: 'Convert it to PNG',
    });
  }
  if (name === 'SVG' || name === 'gzip') return { bytes: await completeSvg(bytes), format: 'SVG' };
  return { bytes: name === 'JPEG' ? withoutJunk(bytes) : bytes, format: name };
}

function requirePixels({ format, width, height }: ImageHeader, maxPixels: number): void {
  if (width === 0 || height === 0) {
    throw new ImageError(`Expected pixels, found a ${format} of ${height}×${width}`);
  }
  if (width * height <= maxPixels) return;
  throw new ImageError(
    `Expected at most ${maxPixels} pixels, the header says ${height}×${width} (height × width)`,
    { advice: 'Raise the limit on pixels if the image is what it says' },
  );
}

/** Upright or turned by its orientation: what can't come out right isn't decoded. */
function requireSize(header: ImageHeader, { height, width }: Target): void {
  const sizes = [
    [header.height, header.width],
    [header.width, header.height],
  ];
  if (sizes.some(([h, w]) => h === height && w === width)) return;
  throw new ImageError(
    `Expected ${height}×${width} pixels (height × width), got ${header.height}×${header.width}`,
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
