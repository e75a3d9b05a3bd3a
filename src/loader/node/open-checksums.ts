import type { OpenDataset } from '../../chunking/open-dataset.js';
import { NotFoundError, UnsupportedLayoutError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { cacheRows, type StoredRows } from '../row-cache.js';
import type { Checksums } from '../verification.js';
import { storedRows } from './stored-rows.js';

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
  openDataset: OpenDataset,
  dataset: string,
  rows: number,
  channelCount: number,
  channels: readonly number[],
): Promise<Checksums | undefined> {
  const stored = await openStored(source, openDataset, checksumsPath(dataset));
  // Another dataset that has this name by chance says nothing.
  if (stored === undefined || stored.rows < rows || stored.width !== channelCount) return undefined;
  const gather = cacheRows(stored, KEPT_BYTES);
  return {
    async of(images) {
      const values = await gather(images);
      const checksums = new Uint32Array(images.length * channels.length);
      for (let i = 0, to = 0; i < images.length; i++) {
        for (const channel of channels) {
          checksums[to++] = Number(values[i * channelCount + channel]);
        }
      }
      return checksums;
    },
  };
}

/** Where the checksums of an image dataset are. */
export function checksumsPath(dataset: string): string {
  const path = dataset.replace(/[^/]*$/, 'checksums');
  return path.startsWith('/') ? path : `/${path}`;
}

async function openStored(
  source: ByteSource,
  openDataset: OpenDataset,
  path: string,
): Promise<StoredRows | undefined> {
  try {
    const layout = await openDataset(path);
    const { type, shape } = layout;
    if (type.kind !== 'u' || type.size !== 4 || shape.length !== 2) return undefined;
    return await storedRows(source, layout);
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof UnsupportedLayoutError) return undefined;
    throw error;
  }
}
