import { openDataset } from '../../chunking/open-dataset.js';
import { readRows } from '../../chunking/read-rows.js';
import { NotFoundError, UnsupportedLayoutError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { inflate } from '../../storage/inflate.js';
import type { Checksums } from '../verification.js';

/** Rows read at a time: a chunk of the files that planefeed writes. */
const ROWS = 256;
/** Of checksums that are kept: those of 2.8 million images of three channels. */
const KEPT_BYTES = 32 * 2 ** 20;

/**
 * Opens the checksums beside an image dataset: uint32 `[n, c]`, CRC-32 of each stored plane's bytes.
 * Nothing is read before it is needed.
 *
 * @param rows that there are images
 * @param channelCount channels that the image dataset has
 * @param channels delivered
 * @returns undefined where there are none
 */
export async function openChecksums(
  source: ByteSource,
  dataset: string,
  rows: number,
  channelCount: number,
  channels: readonly number[],
): Promise<Checksums | undefined> {
  const path = dataset.replace(/[^/]*$/, 'checksums');
  const layout = await openDataset(source, path.startsWith('/') ? path : `/${path}`).catch(
    (error: unknown) => {
      if (error instanceof NotFoundError || error instanceof UnsupportedLayoutError) {
        return undefined;
      }
      throw error;
    },
  );
  const [length = 0, width, ...rest] = layout?.shape ?? [];
  // Another dataset that has this name by chance says nothing.
  const areChecksums =
    layout?.type.kind === 'u' &&
    layout.type.size === 4 &&
    length >= rows &&
    width === channelCount &&
    rest.length === 0;
  if (!areChecksums) return undefined;

  const blocks = new Map<number, Promise<Uint32Array>>();
  const blockOf = (number: number): Promise<Uint32Array> => {
    const known = blocks.get(number);
    if (known !== undefined) return known;
    // The oldest goes first.
    if (blocks.size * ROWS * channelCount * 4 >= KEPT_BYTES) {
      for (const oldest of blocks.keys()) {
        blocks.delete(oldest);
        break;
      }
    }
    const start = number * ROWS;
    const block = readRows(source, layout, inflate, start, Math.min(start + ROWS, length)).then(
      (values) => values as Uint32Array,
    );
    blocks.set(number, block);
    return block;
  };

  return {
    async of(images) {
      const numbers = new Set(images.map((image) => Math.floor(image / ROWS)));
      const found = new Map<number, Uint32Array>();
      await Promise.all(
        Array.from(numbers, async (number) => found.set(number, await blockOf(number))),
      );
      const checksums = new Uint32Array(images.length * channels.length);
      images.forEach((image, i) => {
        const block = found.get(Math.floor(image / ROWS))!;
        channels.forEach((channel, c) => {
          checksums[i * channels.length + c] = block[(image % ROWS) * channelCount + channel]!;
        });
      });
      return checksums;
    },
  };
}
