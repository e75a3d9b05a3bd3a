import { readSync } from 'node:fs';
import { CorruptFileError, StorageError } from '../errors.js';

/**
 * Synchronous positional reads from an open file straight into the caller's memory, for threads that
 * have nothing else to do. The descriptor may have been opened by another thread of the process.
 *
 * @throws CorruptFileError when the file ends before `offset + length`
 * @throws StorageError when the device fails
 */
export function readInto(
  fd: number,
  name: string,
): (target: Uint8Array, address: number, length: number, offset: number) => void {
  return (target, address, length, offset) => {
    let done = 0;
    while (done < length) {
      const count = readOnce(fd, name, target, address + done, length - done, offset + done);
      if (count === 0) {
        throw new CorruptFileError(`Expected ${length} bytes, got ${done}: the file ends there`, {
          place: { file: name, offset },
          advice: 'Was the file truncated while it was open?',
        });
      }
      done += count;
    }
  };
}

function readOnce(
  fd: number,
  name: string,
  target: Uint8Array,
  address: number,
  length: number,
  offset: number,
): number {
  try {
    return readSync(fd, target, address, length, offset);
  } catch (cause) {
    throw new StorageError(`Reading ${length} bytes failed: ${(cause as Error).message}`, {
      place: { file: name, offset },
      cause,
    });
  }
}
