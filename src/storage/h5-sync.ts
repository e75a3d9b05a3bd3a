import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { StorageError } from '../errors.js';
import { describeFailure } from './h5-handle.js';
import type { WatchedFile } from './h5-io.js';

export interface FileSync {
  /** Waits until what was written is on the device; does nothing after a failure. */
  sync(): Promise<void>;
  /** The same, blocking. */
  syncNow(): void;
  close(): void;
}

/**
 * Syncs a file to its device through a descriptor of its own, opened when first needed: HDF5
 * never calls fsync, and closes its descriptor before the last one is due.
 *
 * @param created the file's name is new, and has to reach the device as well
 */
export function openForSync(watched: WatchedFile, created: boolean): FileSync {
  const file = watched.path;
  let descriptor: number | undefined;
  let directoryPending = created;

  const opened = (): number => (descriptor ??= fs.openSync(file, 'r+'));
  const failed = (error: unknown): StorageError => {
    // A failed fsync may have dropped the data: trying again would report a false success.
    watched.failure = error;
    return new StorageError(`Could not sync the file: ${describeFailure(error)}`, {
      place: { file },
      cause: error,
    });
  };

  return {
    close: () => {
      if (descriptor !== undefined) fs.closeSync(descriptor);
    },
    sync: async () => {
      if (watched.failure !== undefined) return;
      try {
        await fsync(opened());
        if (directoryPending) await syncDirectory(path.dirname(file));
        directoryPending = false;
      } catch (error) {
        throw failed(error);
      }
    },
    syncNow: () => {
      if (watched.failure !== undefined) return;
      try {
        fs.fsyncSync(opened());
        if (directoryPending) syncDirectoryNow(path.dirname(file));
        directoryPending = false;
      } catch (error) {
        throw failed(error);
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

function syncDirectoryNow(directory: string): void {
  const descriptor = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
