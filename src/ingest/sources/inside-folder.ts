import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { ImageError } from '../../errors.js';

/**
 * Reads a file that a manifest names, if it lies in `root`: neither `..` nor an absolute path nor a
 * link leads elsewhere.
 *
 * @param root real path
 * @throws ImageError when it doesn't, or isn't a regular file; Node's error when it can't be read
 */
export async function readInside(root: string, name: string): Promise<Uint8Array> {
  return readFile((await findInside(root, name)).target);
}

/** How many bytes `readInside` will read; throws what it does. */
export async function sizeInside(root: string, name: string): Promise<number> {
  return (await findInside(root, name)).size;
}

async function findInside(root: string, name: string): Promise<{ target: string; size: number }> {
  if (name.includes('\0')) throw new ImageError('Expected a path, got one with NUL in it');
  const outside = new ImageError('Its path leads out of the folder');
  const wanted = path.resolve(root, name);
  if (!isInside(root, wanted)) throw outside;
  const target = await realpath(wanted);
  if (!isInside(root, target)) throw outside;
  const found = await stat(target);
  if (!found.isFile()) throw new ImageError('Expected a regular file');
  return { target, size: found.size };
}

function isInside(root: string, target: string): boolean {
  const relative = path.relative(root, target);
  return relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
}
