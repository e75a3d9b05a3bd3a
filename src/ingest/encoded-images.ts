import sharp from 'sharp';
import { ImageError, InvalidOptionError } from '../errors.js';
import type { DecodeOptions, OpenedImage } from './decode.js';
import { createDecoder } from './decode.js';
import { createMemoryBudget } from './decode/memory-budget.js';
import type { PixelArray } from './pixel-types.js';
import type { EncodedRecord } from './source.js';

export interface EncodedImagesOptions extends DecodeOptions {
  /** Whether several pictures in a file are images of their own; default `first`. */
  readonly frames?: 'first' | 'all' | undefined;
  /** Bytes that the process may take; default 512 MiB. */
  readonly memoryLimit?: number | undefined;
}

/** What came of reading a record; `bytes` is how many were read. */
export type ReadImage =
  | { readonly kind: 'pixels'; readonly bytes: number; readonly pixels: PixelArray }
  /** Several pictures, each to be an image. */
  | { readonly kind: 'frames'; readonly bytes: number }
  | { readonly kind: 'refused'; readonly bytes: number; readonly reason: string };

/** Reads and decodes records, as many at a time as there is memory for. */
export interface EncodedImages {
  read(record: EncodedRecord): Promise<ReadImage>;
  /**
   * Reads a record of several pictures once more, which then needn't wait for its turn in memory.
   *
   * @throws ImageError when it can't be read any more
   */
  reopen<T>(record: EncodedRecord, work: (image: OpenedImage) => Promise<T>): Promise<T>;
  /** Reads a record that was refused once more; `undefined` if it can't be read, or is too large. */
  bytesOf(record: EncodedRecord): Promise<Uint8Array | undefined>;
}

/**
 * Reads encoded images within a limit on memory. Of it, 160 MiB are for the process with its
 * libraries and the writer, a fifth of the rest is for decoded images that wait for their turn, and
 * what remains for files that are read and decoded: as many at once as fit, a large one alone.
 *
 * libvips keeps what it did last, for the whole process; here nothing comes twice, so that is
 * switched off.
 *
 * @throws InvalidOptionError when the limit leaves no room for decoding
 */
export function createEncodedImages(options: EncodedImagesOptions): EncodedImages {
  const { frames = 'first', memoryLimit = defaultMemoryLimit } = options;
  const memory = createMemoryBudget(decodingRoom(memoryLimit) - aheadBytes(memoryLimit));
  const decoder = createDecoder(options, memory.bytes);
  sharp.cache(false);

  /** @throws ImageError when there is not that much */
  const requireRoom = (bytes: number): void => {
    if (bytes <= memory.bytes) return;
    throw new ImageError(`Expected a file of at most ${memory.bytes} bytes, found ${bytes}`, {
      advice: 'Raise the memory limit',
    });
  };

  return {
    read: async (record) => {
      let bytes = 0;
      let needed = 0;
      /** @returns `undefined` where it takes more than `room` to decode, as is known then. */
      const attempt = async (room: number): Promise<ReadImage | undefined> => {
        const encoded = await reading(record.bytes);
        bytes = encoded.length;
        const image = await decoder.open(encoded);
        if (frames === 'all' && image.frames > 1) return { kind: 'frames', bytes };
        needed = image.memory;
        if (needed > room) return undefined;
        return { kind: 'pixels', bytes, pixels: await image.first() };
      };
      try {
        const size = record.size === undefined ? 0 : await reading(record.size);
        requireRoom(size);
        const first = await memory.use(size + usualDecoding, () => attempt(usualDecoding));
        // Its bytes are let go meanwhile: what waits for memory must not hold any.
        return first ?? (await memory.use(size + needed, () => attempt(Infinity)))!;
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        return { kind: 'refused', bytes, reason: error.message };
      }
    },
    reopen: (record, work) =>
      memory.use(memory.bytes, async () => {
        const encoded = await reading(record.bytes);
        requireRoom(encoded.length);
        return work(await decoder.open(encoded));
      }),
    bytesOf: async (record) => {
      try {
        if (record.size !== undefined) requireRoom(await reading(record.size));
        return await reading(record.bytes);
      } catch (error) {
        if (error instanceof ImageError) return undefined;
        throw error;
      }
    },
  };
}

/** Most images take no more. */
const usualDecoding = 2 ** 23;

/**
 * What can't be read is set aside like what can't be decoded; but for want of something that the
 * process lacks, which is no fault of the file.
 */
async function reading<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ImageError || isExhaustion(error)) throw error;
    throw new ImageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const defaultMemoryLimit = 2 ** 29;
const otherBytes = 160 * 2 ** 20;

/** Bytes of the limit that are for files and images. */
function decodingRoom(memoryLimit: number): number {
  const least = otherBytes + 2 ** 26;
  if (memoryLimit >= least) return memoryLimit - otherBytes;
  throw new InvalidOptionError(
    `Expected a memory limit of at least ${least} bytes, got ${memoryLimit}`,
  );
}

/** Decoded images that wait for their turn take no more than this, beyond one for each core. */
export function aheadBytes(memoryLimit: number = defaultMemoryLimit): number {
  return Math.floor(decodingRoom(memoryLimit) / 5);
}

function isExhaustion(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM';
}
