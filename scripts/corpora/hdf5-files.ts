/** Finds HDF5 files by what is in them, as their names end in many ways. */
import { closeSync, openSync, readdirSync, readSync, fstatSync } from 'node:fs';
import { join } from 'node:path';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** The files under a directory that have an HDF5 signature, in order of their names. */
export function findHdf5Files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(hasSignature)
    .sort();
}

/** At byte 0, 512, 1024, 2048, …: behind a user block. */
function hasSignature(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(SIGNATURE.length);
    for (let at = 0; at + SIGNATURE.length <= size; at = at === 0 ? 512 : at * 2) {
      readSync(file, bytes, 0, bytes.length, at);
      if (bytes.equals(SIGNATURE)) return true;
    }
    return false;
  } finally {
    closeSync(file);
  }
}
