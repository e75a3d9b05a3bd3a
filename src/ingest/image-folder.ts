import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { NotFoundError, StorageError } from '../errors.js';
import type { IngestSource, RefusedRecord, SourceRecord } from './source.js';

export interface ImageFolder extends IngestSource {
  /** Every class, in order of code units; its place is its number in a new file. */
  readonly classes: readonly string[];
  /** Files that `records` will yield. */
  readonly count: number;
}

/**
 * An image folder: each sub-folder that holds files is a class, nested ones too.
 *
 * - Every file counts, whatever its name ends in: what isn't an image is found out on decoding.
 * - Hidden files and folders (`.name`) and the noise that systems leave behind are skipped.
 * - Files directly in `directory` are of class `''` if there are no sub-folders with files, and
 *   refused otherwise: they have no class.
 * - The file `except` is skipped: the one being written, should it lie in the folder.
 * - Symbolic links are followed as long as they stay inside `directory`.
 *
 * @throws NotFoundError when `directory` is none, StorageError when it can't be listed.
 * @example
 * const folder = await openImageFolder('photos');
 * for await (const entry of folder.records()) console.log(entry.id);
 */
export async function openImageFolder(
  directory: string,
  options: { readonly except?: string | undefined } = {},
): Promise<ImageFolder> {
  const root = await rootOf(directory);
  const except = options.except === undefined ? undefined : await realPlace(options.except);
  const everything = (): AsyncGenerator<SourceRecord | RefusedRecord> =>
    walk({ root, except }, root, '', [root]);
  const names = new Set<string>();
  let count = 0;
  for await (const entry of everything()) {
    count++;
    if (!('refused' in entry)) names.add(entry.className ?? '');
  }
  const hasClasses = [...names].some((name) => name !== '');
  if (hasClasses) names.delete('');
  return {
    name: directory,
    classes: [...names].sort(),
    count,
    columns: {},
    records: async function* () {
      for await (const entry of everything()) {
        const homeless = hasClasses && !('refused' in entry) && entry.className === '';
        yield homeless ? { id: entry.id, refused: 'it lies beside the class folders' } : entry;
      }
    },
  };
}

async function rootOf(directory: string): Promise<string> {
  try {
    const root = await realpath(directory);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw listingFailed(directory, error);
  }
  throw new NotFoundError('Expected a folder of images, found none', {
    place: { file: directory },
  });
}

interface Scope {
  readonly root: string;
  readonly except: string | undefined;
}

/** Where a file is or would be, with the links on the way there resolved. */
async function realPlace(file: string): Promise<string> {
  const folder = path.dirname(path.resolve(file));
  // A folder that isn't there holds nothing to skip.
  const real = await realpath(folder).catch(() => folder);
  return path.join(real, path.basename(file));
}

/** `trail` holds the real paths of the folders above, so that a circle of links ends. */
async function* walk(
  scope: Scope,
  folder: string,
  className: string,
  trail: readonly string[],
): AsyncGenerator<SourceRecord | RefusedRecord> {
  for (const { name, kind, target } of await list(scope, folder)) {
    const id = className === '' ? name : `${className}/${name}`;
    if (kind === 'folder') {
      if (!trail.includes(target)) yield* walk(scope, target, id, [...trail, target]);
    } else if (kind === 'file') {
      const size = async (): Promise<number> => (await stat(target)).size;
      yield { id, className, bytes: () => readFile(target), size };
    } else {
      yield { id, refused: kind };
    }
  }
}

interface Listed {
  readonly name: string;
  /** `file`, `folder`, or why it's neither. */
  readonly kind: string;
  readonly target: string;
}

async function list({ root, except }: Scope, folder: string): Promise<Listed[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw listingFailed(folder, error);
  }
  const listed: Listed[] = [];
  for (const entry of entries) {
    if (isNoise(entry.name)) continue;
    const full = path.join(folder, entry.name);
    if (full === except) continue;
    listed.push(
      entry.isSymbolicLink()
        ? { name: entry.name, ...(await followLink(root, full)) }
        : { name: entry.name, kind: kindOf(entry), target: full },
    );
  }
  // A folder sorts by what its ids begin with, so that the walk is in order of whole ids.
  const key = ({ name, kind }: Listed): string => (kind === 'folder' ? `${name}/` : name);
  return listed.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function followLink(root: string, link: string): Promise<Omit<Listed, 'name'>> {
  try {
    const target = await realpath(link);
    if (target !== root && !target.startsWith(root + path.sep)) {
      return { kind: 'it is a link that leads out of the folder', target };
    }
    return { kind: kindOf(await stat(target)), target };
  } catch (error) {
    return {
      kind: `it is a link that leads nowhere (${error instanceof Error ? error.message : String(error)})`,
      target: link,
    };
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): string {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'it is not a regular file';
}

const noise = new Set(['Thumbs.db', 'ehthumbs.db', 'desktop.ini', 'Icon\r', '__MACOSX', '@eaDir']);

function isNoise(name: string): boolean {
  return name.startsWith('.') || noise.has(name);
}

function listingFailed(folder: string, cause: unknown): StorageError {
  return new StorageError(
    `Could not list the folder: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      place: { file: folder },
      cause,
    },
  );
}
