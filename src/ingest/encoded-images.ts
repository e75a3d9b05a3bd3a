import sharp from 'sharp';
import { ClosedError, ImageError, InvalidOptionError } from '../errors.js';
import type { DecodeOptions, OpenedImage } from './decode.js';
import { createDecoder } from './decode.js';
import type { MemoryBudget } from './decode/memory-budget.js';
import { createMemoryBudget } from './decode/memory-budget.js';
import type { PixelArray } from './pixel-types.js';
import type { EncodedRecord } from './source.js';

export interface EncodedImagesOptions extends DecodeOptions {
  /**
   * What becomes of an animation, or of a file of several pages: its first picture is the image, or
   * each picture is an image of its own, with the id `id#0`, `id#1`, … Default `first`.
   */
  readonly frames?: 'first' | 'all' | undefined;
  /** Bytes that an ingest may take, the process included; default 512 MiB. */
  readonly memoryLimit?: number | undefined;
  /** Keep the bytes of what is refused. */
  readonly keepRefused?: boolean | undefined;
}

/** What came of reading a record. */
export type ReadImage =
  | { readonly kind: 'pixels'; readonly bytes: number; readonly pixels: PixelArray }
  | {
      readonly kind: 'frames';
      readonly bytes: number;
      readonly image: OpenedImage;
      readonly encoded: Uint8Array;
      /** To be called when the image isn't needed any more: others may wait for its memory. */
      readonly release: () => void;
    }
  | {
      readonly kind: 'refused';
      readonly bytes: number;
      readonly reason: string;
      readonly encoded: Uint8Array | undefined;
      readonly release: () => void;
    };

/** Reads and decodes records, as many at a time as there is memory for. */
export interface EncodedImages {
  read(record: EncodedRecord): Promise<ReadImage>;
  /** Ends waiting: to be called before what `read` gave is dropped without being released. */
  close(): void;
}

/**
 * Reads encoded images within a limit on memory. What isn't decoding gets 256 MiB: the process with
 * its libraries, and the images on their way into the file. Of the rest, three eighths are for
 * files that are read, three for decoding, and two for decoded images that wait for their turn.
 *
 * libvips keeps what it did last, in the whole process; here nothing comes twice, so that is
 * switched off.
 *
 * @throws InvalidOptionError when the limit leaves no room for decoding
 */
export function createEncodedImages(options: EncodedImagesOptions): EncodedImages {
  const { frames = 'first', memoryLimit = defaultMemoryLimit, keepRefused = false } = options;
  const room = decodingRoom(memoryLimit);
  sharp.cache(false);
  const files = createMemoryBudget(Math.floor((room * 3) / 8));
  const decoding = createMemoryBudget(Math.floor((room * 3) / 8));
  const decoder = createDecoder(options, decoding);

  const decode = async (encoded: Uint8Array, release: () => void): Promise<ReadImage> => {
    const bytes = encoded.length;
    try {
      const image = await decoder.open(encoded);
      if (frames === 'all' && image.frames > 1) {
        return { kind: 'frames', bytes, image, encoded, release };
      }
      const pixels = await image.first();
      release();
      return { kind: 'pixels', bytes, pixels };
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      if (!keepRefused) release();
      const kept = keepRefused ? encoded : undefined;
      return { kind: 'refused', bytes, reason: error.message, encoded: kept, release };
    }
  };

  return {
    read: async (record) => {
      let release: () => void = () => undefined;
      let encoded: Uint8Array;
      try {
        const size = (await record.size?.()) ?? 0;
        if (size > files.bytes) return tooLarge(size, files);
        release = await files.take(size);
        encoded = await record.bytes();
      } catch (error) {
        release();
        if (isExhaustion(error) || error instanceof ClosedError) throw error;
        // What can't be read is set aside like what can't be decoded.
        const reason = error instanceof Error ? error.message : String(error);
        return { kind: 'refused', bytes: 0, reason, encoded: undefined, release };
      }
      try {
        return await decode(encoded, release);
      } catch (error) {
        release();
        throw error;
      }
    },
    close: () => {
      files.close();
      decoding.close();
    },
  };
}

const defaultMemoryLimit = 2 ** 29;
const otherBytes = 2 ** 28;

/** Bytes of the limit that are for files and images. */
function decodingRoom(memoryLimit: number): number {
  const least = otherBytes + 2 ** 26;
  if (memoryLimit >= least) return memoryLimit - otherBytes;
  throw new InvalidOptionError(`Expected a memory limit of at least ${least} bytes, got ${memoryLimit}`);
}

/** Decoded images that wait for their turn take no more than this, beyond one for each core. */
export function aheadBytes(memoryLimit: number = defaultMemoryLimit): number {
  return Math.floor(decodingRoom(memoryLimit) / 4);
}

function tooLarge(size: number, { bytes }: MemoryBudget): ReadImage {
  const reason = `Expected a file of at most ${bytes} bytes, found ${size}. Raise the memory limit`;
  return { kind: 'refused', bytes: 0, reason, encoded: undefined, release: () => undefined };
}

/** The process has too little of something: no fault of the file. */
function isExhaustion(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM';
}
