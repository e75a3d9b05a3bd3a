import { StorageError, UnsupportedByLibraryError } from '../errors.js';
import type { FileIo } from './h5-io.js';

/** A closed HDF5 file, by absolute byte offsets. Reads beyond the end come back short. */
export interface FileBytes {
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
}

export function bytesOf(io: Pick<FileIo, 'read' | 'write'>): FileBytes {
  return {
    read: (offset, length) => {
      const into = new Uint8Array(length);
      return into.subarray(0, io.read(into, offset));
    },
    write: (offset, bytes) => {
      io.write(bytes, offset);
    },
  };
}

/**
 * Where address 0 lies: at the superblock, after the user block.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 0A - Format Signature and Superblock".
 *
 * @throws UnsupportedByLibraryError when the file's addresses or lengths are not of 8 bytes
 */
export function baseAddress(bytes: FileBytes, file: string): number {
  for (let offset = 0; ; offset = offset === 0 ? 512 : offset * 2) {
    const start = bytes.read(offset, 16);
    if (start.length < 16) {
      throw new StorageError('Could not change the file: it has lost its superblock', {
        place: { file },
      });
    }
    if (!signature.every((byte, at) => start[at] === byte)) continue;
    const sizesAt = start[8]! < 2 ? 13 : 9;
    if (start[sizesAt] !== 8 || start[sizesAt + 1] !== 8) {
      throw new UnsupportedByLibraryError(
        'this in a file whose addresses or lengths are not of 8 bytes',
        { place: { file } },
      );
    }
    return offset;
  }
}

const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
