import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { NotFoundError, StorageError } from '../../errors.js';
import type { OpenFile } from './trace-runner.js';

/** A file for measuring, full of bytes that nothing compresses or finds twice. */
export interface ScratchFile extends OpenFile {
  readonly bytes: number;
  remove(): void;
}

/**
 * Writes a file and makes it durable. It loses its name at once where the system allows that, so
 * nothing is left behind however the process ends; the space comes back with `remove`.
 *
 * @param directory on the device that is to be measured
 * @throws NotFoundError without the directory; StorageError if the file can't be written, or the disk
 * is full; the signal's reason on abort. Nothing stays behind.
 */
export async function createScratchFile(
  directory: string,
  bytes: number,
  signal?: AbortSignal,
): Promise<ScratchFile> {
  const path = join(directory, `.planefeed-probe-${process.pid}-${randomBytes(4).toString('hex')}`);
  const fd = openNew(path, directory);
  const named = process.platform === 'win32';
  if (!named) unlinkSync(path);
  const remove = (): void => {
    closeSync(fd);
    if (named) unlinkSync(path);
  };
  try {
    const block = randomBytes(BLOCK);
    for (let written = 0; written < bytes; written += BLOCK) {
      signal?.throwIfAborted();
      block.writeUInt32LE(written / BLOCK, 0);
      writeWhole(fd, block.subarray(0, Math.min(BLOCK, bytes - written)));
      await new Promise(setImmediate);
    }
    fsyncSync(fd);
  } catch (error) {
    remove();
    throw signal?.aborted === true ? error : cannotWrite(error, directory, bytes);
  }
  return { fd, name: path, bytes, remove };
}

function openNew(path: string, directory: string): number {
  try {
    return openSync(path, 'wx+', 0o600);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const place = { file: directory };
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new NotFoundError('There is no such directory', { place, cause });
    }
    throw new StorageError(`A file for measuring can't be made there: ${message}`, {
      place,
      cause,
      advice: 'Choose a directory that you may write to, on the disk that is to be measured',
    });
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

function cannotWrite(cause: unknown, directory: string, bytes: number): StorageError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const size = `${Math.ceil(bytes / 2 ** 20)} MiB`;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new StorageError(`The disk has no room for a file of ${size} to measure it with`, {
        place: { file: directory },
        cause,
        advice: 'Free some space, or measure with a smaller file',
      })
    : new StorageError(`Writing a file of ${size} for measuring failed: ${message}`, {
        place: { file: directory },
        cause,
      });
}

const BLOCK = 4 * 2 ** 20;
