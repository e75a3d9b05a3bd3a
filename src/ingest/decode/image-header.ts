import type { Metadata } from 'sharp';
import sharp from 'sharp';
import { ImageError } from '../../errors.js';
import { isSrgbProfile } from './icc-profile.js';
import { readJpegHeader } from './jpeg-header.js';
import { readPngHeader } from './png-chunks.js';

/** What must be known of an image before it is decoded. */
export interface ImageHeader {
  /** The format by its content: `JPEG`. */
  readonly format: string;
  /** Columns of pixels as stored, before the orientation is applied. */
  readonly width: number;
  /** Rows of pixels as stored. */
  readonly height: number;
  readonly frames: number;
  /** Whether frames can be decoded together: they are of one size, and upright. */
  readonly uniform: boolean;
  /** `byte`: 8 bits a sample; `word`: 16; `float`: any number. */
  readonly samples: Samples;
  /** The `word` that means white: less than 65,535 where 10 or 12 bits were shifted up. */
  readonly white: number;
  readonly alpha: boolean;
  /** There is a colour profile of other colours than sRGB's. */
  readonly profiled: boolean;
  /** Bytes that decoding holds for each pixel of the image, whatever the size asked for. */
  readonly bytesPerPixel: number;
}

export type Samples = 'byte' | 'word' | 'float';

/**
 * Reads what a file says of an image without decoding it. JPEG and PNG, of which most data sets
 * are, are read here; for the others, and for PNG of 16 bits, libvips is asked.
 *
 * @throws Error of libvips when the header is broken; ImageError when the samples are of a kind that
 *   can't be brought to the target's.
 */
export async function readImageHeader(
  bytes: Uint8Array,
  format: string,
  page = 0,
): Promise<ImageHeader> {
  const quick = quickHeader(bytes, format);
  if (quick !== undefined) return quick;
  const input = sharp(bytes, { failOn: 'error', limitInputPixels: false, page });
  return fromMetadata(await input.metadata(), format);
}

const plain = { frames: 1, uniform: true, samples: 'byte', white: 65_535, profiled: true } as const;

function quickHeader(bytes: Uint8Array, format: string): ImageHeader | undefined {
  if (format === 'JPEG') {
    const header = readJpegHeader(bytes);
    if (header === undefined) return undefined;
    const { width, height, progressive, samplesPerPixel } = header;
    // Coefficients are 16-bit.
    const bytesPerPixel = progressive ? 2 * samplesPerPixel : 0;
    return { ...plain, format, width, height, alpha: false, bytesPerPixel };
  }
  if (format === 'PNG') {
    const header = readPngHeader(bytes);
    if (header === undefined || header.bitDepth === 16) return undefined;
    const { width, height, interlaced, frames } = header;
    // Its chunk tRNS can make any PNG transparent; the pipeline finds out.
    return {
      ...plain,
      format,
      width,
      height,
      frames,
      alpha: true,
      bytesPerPixel: interlaced ? 8 : 0,
    };
  }
  return undefined;
}

function fromMetadata(metadata: Metadata, format: string): ImageHeader {
  const { width, height, pageHeight, pages = 1, depth, space, bitsPerSample, icc } = metadata;
  const samples = samplesOf(depth, space, format);
  const { channels, isProgressive, orientation = 1, hasAlpha } = metadata;
  const sampleBytes = { byte: 1, word: 2, float: 4 }[samples];
  return {
    format,
    width,
    height: pageHeight ?? height,
    frames: pages,
    uniform: (format === 'GIF' || format === 'WebP') && orientation === 1,
    samples,
    white: samples === 'word' && format !== 'TIFF' ? whiteOf(bitsPerSample ?? 16) : 65_535,
    alpha: hasAlpha,
    // libvips doesn't apply the profile of a grey image of 16 bits.
    profiled: icc !== undefined && space !== 'grey16' && !isSrgbProfile(icc),
    bytesPerPixel: Math.max(heldOf(format, isProgressive), 0) * channels * sampleBytes,
  };
}

/** libvips shifts samples of 10 or 12 bits up to 16. */
function whiteOf(bits: number): number {
  return bits > 8 && bits < 16 ? (2 ** bits - 1) << (16 - bits) : 65_535;
}

/**
 * @throws ImageError for whole numbers of more than 16 bits or with a sign, of which nobody knows
 *   which is black and which white.
 */
function samplesOf(depth: string, space: string, format: string): Samples {
  if (depth === 'uchar') return 'byte';
  if (depth === 'ushort' && /^(rgb|grey)16$/.test(space)) return 'word';
  // Of these the range is known, and libvips brings them to 8 bits.
  if (/^(cmyk|lab|labs|xyz)$/.test(space)) return 'byte';
  if (depth === 'float' && /^(b-w|scrgb|srgb)$/.test(space)) return 'float';
  throw new ImageError(
    `Expected samples of 8 or 16 bits or 32-bit floats, found a ${format} of type ${depth} (${space})`,
  );
}

/** Copies of the whole image that its decoder holds. */
function heldOf(format: string, progressive: boolean): number {
  if (format === 'PNG') return progressive ? 1 : 0;
  // A picture can't be rendered in parts: it is rendered at the size asked for.
  if (format === 'SVG') return 0;
  // TIFF: a strip may be as large as the image. GIF, WebP: the canvas, and a copy. AVIF: planes,
  // what they are predicted from, and pixels.
  return { TIFF: 1, GIF: 2, WebP: 2 }[format] ?? 7;
}

/** A reason in one line, from what libvips says. */
export function brokenImage(format: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').map((line) => line.trim());
  const first = lines.find((line) => line !== '') ?? message;
  const said = first.replace(/^Input buffer has corrupt header: /, '').replace(/^glib: /, '');
  return `The ${format} is broken, cut short or not supported: ${said}`;
}
