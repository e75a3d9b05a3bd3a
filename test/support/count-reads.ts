/** The reads that reach the file system through `fs.readSync` and `fs.read`. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Runs `action` in this thread; resolves to the length of each read meanwhile. */
export async function countReads(action: () => Promise<void>): Promise<number[]> {
  const { readSync, read } = fs;
  const lengths: number[] = [];
  fs.readSync = ((...args: Parameters<typeof readSync>) => {
    const length = readSync(...args);
    lengths.push(length);
    return length;
  }) as typeof readSync;
  fs.read = ((...args: unknown[]) => {
    const done = args.pop() as (error: Error | null, length: number, into: Uint8Array) => void;
    const counted: typeof done = (error, length, into) => {
      lengths.push(length);
      done(error, length, into);
    };
    (read as (...args: unknown[]) => void)(...args, counted);
  }) as typeof read;
  syncBuiltinESMExports();
  try {
    await action();
  } finally {
    Object.assign(fs, { readSync, read });
    syncBuiltinESMExports();
  }
  return lengths;
}
