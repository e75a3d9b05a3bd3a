import fs from 'node:fs';
import path from 'node:path';

/** The files that stand beside an HDF5 file that is being written, and their names. */
export interface JournalFiles {
  /** The HDF5 file itself, symbolic links resolved: all its names share one journal and one lock. */
  readonly file: string;
  readonly folder: string;
  readonly journal: string;
  readonly lock: string;
  /** A new file until its first commit. */
  readonly building: string;
}

export function journalFiles(name: string): JournalFiles {
  const file = realPath(path.resolve(name));
  return {
    file,
    folder: path.dirname(file),
    journal: `${file}-journal`,
    lock: `${file}-lock`,
    building: `${file}-new.${process.pid}`,
  };
}

/** Removes what a process that was killed before its first commit was building. */
export function removeAbandoned({ file, folder }: JournalFiles): void {
  const start = `${path.basename(file)}-new.`;
  for (const name of fs.readdirSync(folder)) {
    if (!name.startsWith(start) || !/^\d+$/.test(name.slice(start.length))) continue;
    fs.rmSync(path.join(folder, name), { force: true });
  }
}

/** `fs.writeSync` may write less than it was given. */
export function writeFully(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += fs.writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}

/** Reads until `into` is full or the file ends; returns how many bytes there were. */
export function readFully(descriptor: number, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const count = fs.readSync(descriptor, into, done, into.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Everything that waits for the device, so that one description serves with and without blocking. */
export type Syncs = Generator<number, void, void>;

/** Yields the descriptor of a folder to be synced: names are in the folder, not in the file. */
export function* syncFolder(folder: string): Syncs {
  const descriptor = fs.openSync(folder, 'r');
  try {
    yield descriptor;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Runs `syncs`, blocking. */
export function syncNow(syncs: Syncs): void {
  for (const descriptor of syncs) fs.fsyncSync(descriptor);
}

/** Runs `syncs`; the thread is free while the device works. */
export async function sync(syncs: Syncs): Promise<void> {
  for (const descriptor of syncs) {
    await new Promise<void>((resolve, reject) => {
      fs.fsync(descriptor, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
}

function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return realParent(file);
  }
}

/** Of a file that isn't there (yet) only the folder can be resolved. */
function realParent(file: string): string {
  try {
    return path.join(fs.realpathSync(path.dirname(file)), path.basename(file));
  } catch {
    return file;
  }
}
