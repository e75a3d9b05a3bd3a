import { crc32 } from 'node:zlib';
import { rowReader, type ReadRows } from '../chunking/read-rows.js';
import type { ErrorPlace } from '../errors.js';
import type { ByteSource } from '../storage/byte-source.js';
import { inflate } from '../storage/inflate.js';
import type { FoundDataset } from './find-objects.js';
import type { Problems } from './problems.js';

/** Holds planes to the checksums that were written with them. */
export interface PlaneChecks {
  /** Planes that have a checksum, whether or not they hold to it. */
  readonly verified: number;
  /** Planes without one. */
  readonly unverified: number;
  /** @param place where the plane was read from */
  check(image: number, channel: number, plane: Uint8Array, place: ErrorPlace): Promise<void>;
  /** Counts planes that couldn't be read: one thing is wrong with them. */
  fail(planes: number, error: unknown, place: ErrorPlace): void;
  /** Counts planes that can't be looked at, because of what has been said already. */
  skip(planes: number): void;
}

/**
 * @param checksums uint32 `[n, c]`, if there are any
 * @param shape of the images: how many there are, and channels
 */
export function planeChecks(
  source: ByteSource,
  dataset: string,
  checksums: FoundDataset | undefined,
  [images, channels]: readonly [number, number],
  problems: Problems,
): PlaneChecks {
  const expectedOf = checksumReader(source, checksums, images, channels, problems);
  let [verified, unverified] = [0, 0];
  return {
    get verified() {
      return verified;
    },
    get unverified() {
      return unverified;
    },
    async check(image, channel, plane, place) {
      const expected = await expectedOf(image, channel);
      if (expected === undefined) {
        unverified++;
        return;
      }
      verified++;
      const found = crc32(plane);
      if (found === expected) return;
      problems.add(
        'plane',
        `Expected the plane's checksum to be ${hex(expected)}, as the file has it, got ${hex(found)}`,
        { ...place, dataset, image, channel },
      );
    },
    fail(planes, error, place) {
      unverified += planes;
      problems.addError('plane', error, { ...place, dataset });
    },
    skip(planes) {
      unverified += planes;
    },
  };
}

/** Rows of checksums that are read together, and how many of them are kept. */
const BLOCK_ROWS = 4096;
const KEPT_BYTES = 32 * 2 ** 20;

function checksumReader(
  source: ByteSource,
  checksums: FoundDataset | undefined,
  images: number,
  channels: number,
  problems: Problems,
): (image: number, channel: number) => Promise<number | undefined> {
  const { layout, dtype, shape } = checksums ?? {};
  if (layout === undefined || dtype !== 'uint32' || shape?.[1] !== channels) {
    return () => Promise.resolve(undefined);
  }
  const rows = Math.min(images, shape[0] ?? 0);
  const read = rowReader(source, layout, inflate);
  const mostBlocks = Math.max(2, Math.floor(KEPT_BYTES / (BLOCK_ROWS * channels * 4)));
  // Blocks in the order of their last use. What can't be read is said once.
  const blocks = new Map<number, Uint32Array | null>();
  return async (image, channel) => {
    if (image >= rows) return undefined;
    const number = Math.floor(image / BLOCK_ROWS);
    let block = blocks.get(number);
    if (block === undefined) {
      const start = number * BLOCK_ROWS;
      block = await readBlock(read, start, Math.min(rows, start + BLOCK_ROWS), problems);
      const [oldest] = blocks.keys();
      if (blocks.size >= mostBlocks) blocks.delete(oldest!);
    } else {
      blocks.delete(number);
    }
    blocks.set(number, block);
    return block?.[(image % BLOCK_ROWS) * channels + channel];
  };
}

async function readBlock(
  read: ReadRows,
  start: number,
  stop: number,
  problems: Problems,
): Promise<Uint32Array | null> {
  try {
    return (await read(start, stop)) as Uint32Array;
  } catch (error) {
    problems.addError('structure', error);
    return null;
  }
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
