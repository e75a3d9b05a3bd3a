import fs from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { InvalidOptionError, StorageError } from '../errors.js';
import type { Durability, H5File } from '../storage/h5.js';
import { openH5 } from '../storage/h5.js';

/**
 * Makes a new file that appears under its name once it is whole, or not at all. It is written
 * beside it, as `<file>.<pid>.unfinished`: that is what a process that is killed may leave.
 *
 * @throws InvalidOptionError when there is a file already: it isn't overwritten
 */
export async function writeWhole<T>(
  file: string,
  durability: Durability,
  write: (h5: H5File) => Promise<T>,
): Promise<T> {
  const taken = new InvalidOptionError('There is a file already', {
    place: { file },
    advice: 'Choose another name, or remove it',
  });
  if (fs.existsSync(file)) throw taken;
  const unfinished = `${path.resolve(file)}.${process.pid}.unfinished`;
  try {
    const h5 = await openH5(unfinished, 'w', { durability });
    let result: T;
    try {
      result = await write(h5);
    } finally {
      await h5.close();
    }
    await name(unfinished, file, taken);
    if (durability === 'full') await syncFolder(path.dirname(path.resolve(file)));
    return result;
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Where there are links, a file that appeared meanwhile isn't overwritten either. */
async function name(unfinished: string, file: string, taken: InvalidOptionError): Promise<void> {
  try {
    await link(unfinished, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw taken;
    try {
      await rename(unfinished, file);
    } catch (cause) {
      throw new StorageError(`Could not name the new file: ${(cause as Error).message}`, {
        place: { file },
        cause,
      });
    }
  }
}

/** Makes the new name durable. */
async function syncFolder(folder: string): Promise<void> {
  // Systems on which folders can't be opened don't need it.
  const handle = await open(folder).catch(() => undefined);
  try {
    await handle?.sync();
  } finally {
    await handle?.close();
  }
}
