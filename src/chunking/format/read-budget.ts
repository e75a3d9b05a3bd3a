import { CorruptFileError } from '../../errors.js';
import type { Cursor } from './cursor.js';
import type { Hdf5File } from './hdf5-file.js';

/**
 * The same file, of which no more than `limit` bytes are read. For what follows addresses that may
 * lead to the same place again and again: it bounds the time that a damaged file takes.
 */
export function withReadBudget(file: Hdf5File, limit: number): Hdf5File {
  let bytesRead = 0;
  const spend = (offset: number, length: number, structure: string): void => {
    bytesRead += length;
    if (bytesRead <= limit) return;
    throw new CorruptFileError('Expected structures that do not overlap', {
      place: { ...file.place, structure, offset },
    });
  };
  // Only what was read counts: otherwise it will be asked for again.
  const spent = (cursor: Cursor | undefined, ...of: Parameters<typeof spend>): typeof cursor => {
    if (cursor !== undefined) spend(...of);
    return cursor;
  };
  return {
    ...file,
    tryRead(offset, length, structure) {
      return spent(file.tryRead(offset, length, structure), offset, length, structure);
    },
    tryReadChecked(offset, length, structure) {
      return spent(file.tryReadChecked(offset, length, structure), offset, length, structure);
    },
    read(offset, length, structure) {
      spend(offset, length, structure);
      return file.read(offset, length, structure);
    },
    readChecked(offset, length, structure) {
      spend(offset, length, structure);
      return file.readChecked(offset, length, structure);
    },
  };
}
