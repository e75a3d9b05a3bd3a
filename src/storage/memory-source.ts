import type { ByteSource } from './byte-source.js';
import { expectWithin } from './source-range.js';

/**
 * A byte source over bytes in memory. Reads are views of `bytes`, not copies.
 *
 * @example
 * const source = memorySource(await (await fetch('images.h5')).bytes(), 'images.h5');
 */
export function memorySource(bytes: Uint8Array, name = 'memory'): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length, options) =>
      new Promise((resolve) => {
        options?.signal?.throwIfAborted();
        expectWithin(name, bytes.length, offset, length);
        resolve(bytes.subarray(offset, offset + length));
      }),
    close: () => Promise.resolve(),
  };
}
