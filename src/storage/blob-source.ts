import { StorageError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { expectWithin } from './source-range.js';

/**
 * A byte source over a Blob: a file that a user picked in a browser, or `fs.openAsBlob` in Node.
 * Reads copy slices; the whole is never in memory.
 *
 * @param name for messages; default the name of a `File`, else `blob`
 * @throws StorageError from a read when the platform can't read the Blob, as when its file was
 *   changed since.
 * @example
 * const source = blobSource(input.files[0]);
 * const { shape } = await openDataset(source, '/images');
 */
export function blobSource(blob: Blob, name: string = nameOf(blob)): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length, options) {
      options?.signal?.throwIfAborted();
      expectWithin(name, blob.size, offset, length);
      const slice = await blob
        .slice(offset, offset + length)
        .arrayBuffer()
        .catch((cause: unknown) => {
          throw unreadable(name, offset, length, cause);
        });
      options?.signal?.throwIfAborted();
      if (slice.byteLength !== length) throw unreadable(name, offset, length, undefined);
      return new Uint8Array(slice);
    },
    close: () => Promise.resolve(),
  };
}

function nameOf(blob: Blob): string {
  return 'name' in blob && typeof blob.name === 'string' ? blob.name : 'blob';
}

function unreadable(name: string, offset: number, length: number, cause: unknown): StorageError {
  return new StorageError(`Reading ${length} bytes failed`, {
    place: { file: name, offset },
    advice: 'The file behind the Blob may have been changed or removed: pick it again',
    cause,
  });
}
