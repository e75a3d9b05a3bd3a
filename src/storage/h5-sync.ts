import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { StorageError } from '../errors.js';
import { describeFailure } from './h5-handle.js';
import type { WatchedFile } from './h5-io.js';

export interface FileSync {
  /** Waits until what was written is on the device. */
  sync(watched: WatchedFile): Promise<void>;
  close(): void;
}

/** A second descriptor on the file, for fsync: HDF5 never calls it, and closes its own. */
export function openForSync(file: string, created: boolean): FileSync {
  const descriptor = fs.openSync(file, 'r+');
  // The name of a new file is in its directory, which has to reach the device as well, once.
  let directoryPending = created;
  return {
    close: () => {
      fs.closeSync(descriptor);
    },
    sync: async (watched) => {
      if (watched.failure !== undefined) return;
      try {
        await fsync(descriptor);
        if (directoryPending) await syncDirectory(path.dirname(file));
        directoryPending = false;
      } catch (error) {
        // A failed fsync may have dropped the data: trying again would report a false success.
        watched.failure = error;
        throw new StorageError(`Could not sync the file: ${describeFailure(error)}`, {
          place: { file },
          cause: error,
        });
      }
    },
  };
}

const fsync = promisify((descriptor: number, done: fs.NoParamCallback) => {
  fs.fsync(descriptor, done);
});

async function syncDirectory(directory: string): Promise<void> {
  const descriptor = fs.openSync(directory, 'r');
  try {
    await fsync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
