/** Files that are written to be measured, and thrown away. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { File } from 'planefeed';

import { cacheFolder } from '../../lib/files.js';

export interface TemporaryFile {
  readonly path: string;
  remove(): void;
}

let made = 0;
const left = new Set<() => void>();
process.once('exit', () => {
  for (const remove of left) remove();
});

/** On the disk on which the other data lies, not in memory. */
export function temporaryFile(): TemporaryFile {
  fs.mkdirSync(cacheFolder, { recursive: true });
  const file = path.join(cacheFolder, `written-${process.pid}-${made++}.h5`);
  const remove = (): void => {
    fs.rmSync(file, { force: true });
    fs.rmSync(`${file}-journal`, { force: true });
  };
  left.add(remove);
  return { path: file, remove };
}

/** SHA-256 over the pixels of the first images, as they lie in `/images`. */
export async function storedDigest(file: string, images: number): Promise<string> {
  const opened = await File.open(file);
  try {
    const { data } = opened.dataset<'uint8'>('/images').get(`:${images}`);
    return createHash('sha256').update(data).digest('hex');
  } finally {
    opened.close();
  }
}
