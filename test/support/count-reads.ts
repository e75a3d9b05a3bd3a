/** The reads that reach the file system through `fs.readSync`. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Runs `action` in this thread; resolves to the length of each read meanwhile. */
export async function countReads(action: () => Promise<void>): Promise<number[]> {
  const { readSync } = fs;
  const lengths: number[] = [];
  fs.readSync = ((...args: Parameters<typeof readSync>) => {
    const length = readSync(...args);
    lengths.push(length);
    return length;
  }) as typeof readSync;
  syncBuiltinESMExports();
  try {
    await action();
  } finally {
    fs.readSync = readSync;
    syncBuiltinESMExports();
  }
  return lengths;
}
