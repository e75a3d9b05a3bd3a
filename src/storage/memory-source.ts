import { CorruptFileError } from '../errors.js';
import type { ByteSource } from './byte-source.js';

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
    read(offset, length, options) {
      if (options?.signal?.aborted === true) {
        return Promise.reject(options.signal.reason as Error);
      }
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) {
        return Promise.reject(
          new CorruptFileError(
            `Expected ${length} bytes at ${offset}, but the source has ${bytes.length}`,
            { place: { file: name, offset } },
          ),
        );
      }
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
    close: () => Promise.resolve(),
  };
}
