import { createHash } from 'node:crypto';
import type { Batch } from '../batch.js';

/** A digest of what a loader delivers: the images, and in which order. */
export interface StreamDigest {
  add(batch: Pick<Batch, 'images' | 'indices'>): void;
  /** Lower-case hexadecimal; nothing can be added afterwards. */
  hex(): string;
}

/**
 * SHA-256 over each image in the order of delivery: its number (uint32, little-endian), then its
 * pixels as delivered (little-endian, in the batch's dtype and layout). How the images are cut into
 * batches doesn't matter, nor where an epoch ends.
 *
 * @example
 * const digest = streamDigest();
 * for await (const batch of loader) digest.add(batch);
 * digest.hex();
 */
export function streamDigest(): StreamDigest {
  const hash = createHash('sha256');
  const number = Buffer.alloc(4);
  return {
    add({ images, indices }) {
      const imageBytes = images.byteLength / indices.length;
      for (let i = 0; i < indices.length; i++) {
        number.writeUInt32LE(indices[i]!);
        hash.update(number);
        hash.update(new Uint8Array(images.buffer, images.byteOffset + i * imageBytes, imageBytes));
      }
    },
    hex: () => hash.digest('hex'),
  };
}
