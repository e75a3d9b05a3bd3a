import fs from 'node:fs';

/** One of the times that a file is open in this process. */
export interface OpenFile {
  /** Whether it is open another time, by whatever name: HDF5 then shares what it knows of it. */
  isShared(): boolean;
  release(): void;
}

/** @param file that HDF5 has just opened */
export function registerOpen(file: string): OpenFile {
  // What HDF5 goes by as well.
  const { dev, ino } = fs.statSync(file);
  const key = `${dev}:${ino}`;
  times.set(key, (times.get(key) ?? 0) + 1);
  let released = false;
  return {
    isShared: () => times.get(key)! > 1,
    release: () => {
      if (released) return;
      released = true;
      const left = times.get(key)! - 1;
      if (left === 0) times.delete(key);
      else times.set(key, left);
    },
  };
}

const times = new Map<string, number>();
