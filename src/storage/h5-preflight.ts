import fs from 'node:fs';
import path from 'node:path';
import { CorruptFileError, NotFoundError, StorageError } from '../errors.js';
import { describeFailure } from './h5-handle.js';

/** `r` read; `r+` read and write; `w` create or empty; `a` create or append; `w-` create only. */
export type H5Mode = 'r' | 'r+' | 'w' | 'a' | 'w-';

/**
 * Finds out before HDF5 does why a file can't be opened, to say it in plain words, and whether it
 * has to be created.
 */
export function preflight(file: string, mode: H5Mode): 'open' | 'create' | 'truncate' {
  const stat = statOf(file);
  if (stat === undefined) {
    if (mode === 'r' || mode === 'r+') {
      throw new NotFoundError('Expected an HDF5 file, found nothing', { place: { file } });
    }
    checkFolder(file);
    return 'create';
  }
  if (stat.isDirectory()) {
    throw new StorageError('Expected an HDF5 file, found a directory', { place: { file } });
  }
  if (mode === 'w-') {
    throw new StorageError('Expected to create this file, but it exists', {
      place: { file },
      advice: "Choose another name, or mode 'w' to overwrite it",
    });
  }
  checkAccess(file, mode);
  if (mode === 'w') return 'truncate';
  // HDF5 takes an empty file for a new one.
  if (stat.size === 0 && stat.isFile() && mode !== 'r') return 'truncate';
  checkSignature(file, stat.size);
  return 'open';
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw new StorageError(`Could not look at the file: ${describeFailure(error)}`, {
      place: { file },
      cause: error,
    });
  }
}

function checkFolder(file: string): void {
  const folder = path.dirname(file);
  if (statOf(folder)?.isDirectory() !== true) {
    throw new NotFoundError('Expected a directory to create the file in, found none', {
      place: { file: folder },
    });
  }
}

/** Opening tells more than permissions do: a read-only file system, an access list. */
function checkAccess(file: string, mode: H5Mode): void {
  const reading = mode === 'r';
  try {
    fs.closeSync(fs.openSync(file, reading ? 'r' : 'r+'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const task = reading ? 'read' : 'write';
    const problem =
      code === 'EACCES' || code === 'EPERM'
        ? `No permission to ${task} the file`
        : `Could not open the file to ${task} it: ${describeFailure(error)}`;
    throw new StorageError(problem, { place: { file }, cause: error });
  }
}

/** "Disk Format: Level 0A", HDF5 File Format Specification: at 0, 512, 1024, 2048, … */
const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

function checkSignature(file: string, size: number): void {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, 'r');
    const found = Buffer.alloc(signature.length);
    for (let offset = 0; offset < size; offset = offset === 0 ? 512 : offset * 2) {
      const count = fs.readSync(descriptor, found, 0, found.length, offset);
      if (count === found.length && found.equals(signature)) return;
    }
  } catch (error) {
    throw new StorageError(`Could not read the file: ${describeFailure(error)}`, {
      place: { file },
      cause: error,
    });
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
  throw new CorruptFileError(
    size === 0
      ? 'Expected an HDF5 file, found an empty file'
      : 'Expected an HDF5 file, found no HDF5 signature',
    { place: { file } },
  );
}
