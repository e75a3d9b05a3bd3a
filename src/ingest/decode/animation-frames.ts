import { ImageError } from '../../errors.js';
import { createAnimationCanvas } from './animation-canvas.js';
import { apngFrames } from './apng.js';
import type { Target } from './decode-pixels.js';
import { decodePixels, resizePixels } from './decode-pixels.js';
import type { ImageHeader } from './image-header.js';
import { readImageHeader } from './image-header.js';
import type { PixelArray } from '../pixel-types.js';

export interface Animation {
  readonly bytes: Uint8Array;
  readonly header: ImageHeader;
  readonly target: Target;
  /** Number of the first frame that is wanted. */
  readonly from: number;
  /** Decodes `count` frames from number `first` on. */
  readonly decode: (
    bytes: Uint8Array,
    header: ImageHeader,
    first: number,
    count: number,
  ) => Promise<PixelArray[]>;
  /** The header of one page: pages of a TIFF need not be alike. */
  readonly headerOf: (page: number) => Promise<ImageHeader>;
  /** Does work, and says in words why it failed. */
  readonly use: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The frames of an animation, or the pages of a file, each when it is asked for. */
export async function* animationFrames(animation: Animation): AsyncGenerator<PixelArray> {
  const { bytes, header, from, decode, headerOf } = animation;
  if (header.frames === 1) {
    if (from === 0) yield* await decode(bytes, header, 0, 1);
  } else if (header.format === 'PNG') {
    yield* apng(animation);
  } else if (header.uniform) {
    const together = framesTogether(animation);
    for (let first = from; first < header.frames; first += together) {
      yield* await decode(bytes, header, first, Math.min(together, header.frames - first));
    }
  } else {
    for (let page = from; page < header.frames; page++) {
      yield* await decode(bytes, await headerOf(page), page, 1);
    }
  }
}

const pixelsTogether = 2 ** 22;

/** Each time, frames are decoded from the beginning: so several are taken at once. */
function framesTogether({ header, target }: Animation): number {
  const pixels = Math.max(header.width * header.height, target.width * target.height);
  return Math.max(1, Math.min(64, Math.floor(pixelsTogether / pixels)));
}

async function* apng(animation: Animation): AsyncGenerator<PixelArray> {
  const { bytes, header, target, from, use } = animation;
  const { width, height } = header;
  const white = header.samples === 'word' ? 65_535 : 255;
  const canvas = createAnimationCanvas(width, height, white);
  let number = 0;
  for (const frame of apngFrames(bytes)) {
    const pixels = await use(async () => {
      const frameTarget = {
        height: frame.height,
        width: frame.width,
        channels: 'rgba',
        fit: 'none',
        dtype: white === 255 ? 'uint8' : 'uint16',
        background: target.background,
      } as const;
      const frameHeader = { ...(await readImageHeader(frame.png, 'PNG')), frames: 1 };
      const [decoded] = await decodePixels(frame.png, frameHeader, frameTarget, {
        first: 0,
        count: 1,
      });
      const shown = canvas.show(frame, decoded as Uint8Array | Uint16Array);
      if (number < from) return undefined;
      return resizePixels(shown, { height, width, channels: 4 }, target);
    });
    if (pixels !== undefined) yield pixels;
    number++;
  }
  if (number < header.frames) {
    throw new ImageError(`The PNG is cut short: expected ${header.frames} frames, found ${number}`);
  }
}
