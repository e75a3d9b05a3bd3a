import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { ImageError } from '../../errors.js';
import type { ImageHeader } from './image-header.js';
import type { PixelArray, PixelDtype } from '../pixel-types.js';
import { rescale, whiteOf } from './rescale.js';
import { addChannel, layOn, pad, repeatGrey } from './samples.js';

/** How an image is brought to size; `none` demands that it has the size already. */
export type Fit = 'cover' | 'contain' | 'fill' | 'none';

/** The channels that are kept, in this order. */
export type Channels = 'rgb' | 'gray' | 'rgba';

export const channelCount: Readonly<Record<Channels, number>> = { rgb: 3, gray: 1, rgba: 4 };

/** What an image is to become. */
export interface Target {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  readonly channels: Channels;
  readonly fit: Fit;
  readonly dtype: PixelDtype;
  /** What shows through where an image is transparent. */
  readonly background: Background;
}

export type Background = 'black' | 'white';

/** Frames that are decoded at once: `count` of them from `first` on. */
export interface FrameRange {
  readonly first: number;
  readonly count: number;
}

/**
 * Decodes frames of an image whose header is known and fits into memory: one array each of
 * `height × width × channels` samples, interleaved.
 *
 * @throws Error of libvips when the image is broken; ImageError when it isn't as the target wants.
 */
export async function decodePixels(
  bytes: Uint8Array,
  header: ImageHeader,
  target: Target,
  { first, count }: FrameRange,
): Promise<PixelArray[]> {
  const input = sharp(bytes, {
    // A JPEG has no checksum: its warnings are of damage.
    failOn: header.format === 'JPEG' ? 'warning' : 'error',
    limitInputPixels: false,
    autoOrient: true,
    page: first,
    pages: count,
    ignoreIcc: !header.profiled,
  });
  const { samples, channels, white } = await decoders[header.samples](input, header, target);
  requireChannels(channels, target);
  const length = samples.length / count;
  return Array.from({ length: count }, (_, frame) => {
    const part = samples.subarray(frame * length, (frame + 1) * length);
    return part instanceof Float32Array ? part : rescale(part, white, target.dtype);
  });
}

/**
 * Brings samples that are decoded already, and of the size that `from` says, to the target.
 *
 * @param samples interleaved, with the alpha channel last
 */
export async function resizePixels(
  samples: Uint8Array | Uint16Array,
  from: { readonly height: number; readonly width: number; readonly channels: 3 | 4 },
  target: Target,
): Promise<PixelArray> {
  const input = sharp(samples, { raw: from });
  const decode = samples instanceof Uint8Array ? decodeBytes : decodeWords;
  const decoded = await decode(input, { white: whiteOf.uint16 }, target);
  return rescale(decoded.samples, decoded.white, target.dtype);
}

interface Decoded<T extends PixelArray = PixelArray> {
  readonly samples: T;
  readonly channels: number;
  readonly white: number;
}

type Decode = (
  input: Sharp,
  header: { readonly white: number; readonly profiled?: boolean },
  target: Target,
) => Promise<Decoded>;

const decoders: Readonly<Record<ImageHeader['samples'], Decode>> = {
  byte: decodeBytes,
  word: decodeWords,
  float: decodeFloats,
};

/** No signal is zero, and nothing shows. */
function padding({ channels }: Target): { r: number; g: number; b: number; alpha: number } {
  return { r: 0, g: 0, b: 0, alpha: channels === 'rgba' ? 0 : 1 };
}

async function decodeBytes(input: Sharp, _: unknown, target: Target): Promise<Decoded<Uint8Array>> {
  const { height, width, channels, fit, background } = target;
  let image = input;
  if (fit !== 'none') image = image.resize({ width, height, fit, background: padding(target) });
  image = channels === 'rgba' ? image.ensureAlpha() : image.flatten({ background });
  image = image.toColourspace(channels === 'gray' ? 'b-w' : 'srgb').raw();
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  requireSize(info, target);
  return { samples: data, channels: info.channels, white: whiteOf.uint8 };
}

/**
 * sharp takes 255 × 256 for white where an image of 16 bits is laid on a background or padded, so
 * that is done here.
 */
async function decodeWords(
  input: Sharp,
  { white, profiled = false }: { readonly white: number; readonly profiled?: boolean },
  target: Target,
): Promise<Decoded<Uint16Array>> {
  const { channels, background } = target;
  if (profiled && channels === 'gray') return greyOfProfiled(input, white, target);
  let image = resizeInside(input, target).toColourspace(channels === 'gray' ? 'grey16' : 'rgb16');
  // sharp converts 16 bits from the embedded profile to Display P3, and leaves them there.
  if (profiled) image = image.withIccProfile('srgb');
  const { data, info } = await image.raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
  let samples = rescale(wordsOf(data), white, 'uint16') as Uint16Array;
  const wanted = channelCount[channels];
  if (channels === 'rgba' && info.channels === 3) samples = addChannel(samples, 3, whiteOf.uint16);
  if (channels !== 'rgba' && info.channels === wanted + 1) {
    const value = background === 'white' ? whiteOf.uint16 : 0;
    samples = layOn(samples, info.channels, whiteOf.uint16, value);
  }
  return { samples: fitted(samples, info, target), channels: wanted, white: whiteOf.uint16 };
}

async function greyOfProfiled(
  input: Sharp,
  white: number,
  target: Target,
): Promise<Decoded<Uint16Array>> {
  const rgb = await decodeWords(input, { white, profiled: true }, { ...target, channels: 'rgb' });
  const { height, width } = target;
  const again = sharp(rgb.samples, { raw: { height, width, channels: 3 } });
  return decodeWords(again, { white: whiteOf.uint16 }, target);
}

/** Numbers whose range nobody knows are kept as they are. */
async function decodeFloats(
  input: Sharp,
  _: unknown,
  target: Target,
): Promise<Decoded<Float32Array>> {
  if (target.dtype !== 'float32') {
    throw new ImageError('Expected samples of 8 or 16 bits, found floating-point ones', {
      advice: 'Ingest them with dtype float32',
    });
  }
  const { space } = await input.metadata();
  const image = resizeInside(input, target).toColourspace(space);
  const { data, info } = await image.raw({ depth: 'float' }).toBuffer({ resolveWithObject: true });
  let samples: Float32Array = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  let { channels } = info as { channels: number };
  if (channels === 1 && target.channels !== 'gray') {
    samples = repeatGrey(samples);
    channels = 3;
  }
  if (channels === 3 && target.channels === 'rgba') {
    samples = addChannel(samples, 3, whiteOf.float32);
    channels = 4;
  }
  return { samples: fitted(samples, info, target), channels, white: whiteOf.float32 };
}

function resizeInside(input: Sharp, { height, width, fit }: Target): Sharp {
  if (fit === 'none') return input;
  return input.resize({ width, height, fit: fit === 'contain' ? 'inside' : fit });
}

interface Size {
  readonly height: number;
  readonly width: number;
}

function fitted<T extends Uint16Array | Float32Array>(samples: T, from: Size, target: Target): T {
  if (target.fit !== 'contain') requireSize(from, target);
  return pad(samples, from, target);
}

function requireSize(found: Size, { height, width }: Size): void {
  // Frames that were decoded together lie one below the other.
  if (found.width === width && found.height % height === 0) return;
  throw new ImageError(
    `Expected ${height}×${width} pixels (height × width), got ${found.height}×${found.width}`,
  );
}

function requireChannels(found: number, { channels }: Target): void {
  const expected = channelCount[channels];
  if (found === expected) return;
  throw new ImageError(`Expected ${expected} channels, the decoder gave ${found}`);
}

function wordsOf(data: Buffer): Uint16Array {
  return new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
}
