import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StorageError } from '../errors.js';

/** What is set aside, and why. */
export interface Quarantined {
  readonly id: string;
  readonly reason: string;
  readonly place?: string;
}

export interface Quarantine {
  /** Keeps a record: its bytes, if it had any that could be read, and the reason beside them. */
  keep(entry: Quarantined, bytes: Uint8Array | undefined): Promise<void>;
}

/**
 * A folder for what an ingest sets aside: `<name>`, a copy of the image, and `<name>.reason.json`.
 * A name is made from the id, of characters that are safe in any file system. What is in the folder
 * already is never overwritten: the same again isn't written again, something else gets a number.
 *
 * @throws StorageError when the folder can't be made, or written to
 */
export async function openQuarantine(folder: string): Promise<Quarantine> {
  await attempt(folder, () => mkdir(folder, { recursive: true }));
  return {
    keep: (entry, bytes) =>
      attempt(folder, async () => {
        const { id, reason, place } = entry;
        const name = safeName(id);
        const kept =
          bytes === undefined ? undefined : await writeNew(folder, ...split(name), bytes);
        const facts = { id, reason, ...(place === undefined ? {} : { place }), file: kept };
        const text = Buffer.from(`${JSON.stringify(facts, null, 2)}\n`);
        await writeNew(folder, kept ?? name, '.reason.json', text);
      }),
  };
}

const longestName = 100;

/** Readable, and different for different ids: a part of a hash stands for what was left out. */
function safeName(id: string): string {
  const readable = id.replaceAll(/[^A-Za-z0-9._-]+/g, '_').replace(/^[.-]+/, '_');
  if (readable === id && id !== '' && id.length <= longestName) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 8);
  const [stem, ending] = split(readable.slice(-longestName));
  return `${stem}-${hash}${ending}`;
}

/** The ending is what tells programs the format: it stays last. */
function split(name: string): [string, string] {
  const ending = /\.[A-Za-z0-9]{1,5}$/.exec(name)?.[0] ?? '';
  return [name.slice(0, name.length - ending.length), ending];
}

/** @returns the name under which the bytes are there */
async function writeNew(
  folder: string,
  stem: string,
  ending: string,
  bytes: Uint8Array,
): Promise<string> {
  for (let number = 1; ; number++) {
    const name = `${stem}${number === 1 ? '' : `-${number}`}${ending}`;
    const file = path.join(folder, name);
    try {
      await writeFile(file, bytes, { flag: 'wx' });
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (await isSame(file, bytes)) return name;
    }
  }
}

async function isSame(file: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return (await readFile(file)).equals(bytes);
  } catch (error) {
    // A folder of that name is something else.
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return false;
    throw error;
  }
}

async function attempt<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new StorageError(`Could not write to the quarantine: ${(cause as Error).message}`, {
      place: { file: folder },
      cause,
    });
  }
}
