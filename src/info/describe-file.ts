import { openH5, type H5File } from '../storage/h5.js';
import { openFileSource } from '../storage/file-source.js';
import { journalState, type JournalState } from '../storage/journal-state.js';
import { describeAttributes, type PlainValue } from './describe-attributes.js';
import { describeDataset, type DatasetFacts } from './describe-dataset.js';
import { messageOf } from './message-of.js';
import { walkFile, type FoundObject } from './walk-file.js';

/** What an HDF5 file holds, as plain data: `JSON.stringify` loses nothing of it. */
export interface FileDescription {
  /** As it was asked for. */
  readonly file: string;
  readonly bytes: number;
  /** What is beside it. */
  readonly journal: JournalState;
  /** The root group first, then everything below it: a group's members follow it, by name. */
  readonly entries: readonly EntryDescription[];
}

export type EntryDescription =
  GroupDescription | DatasetDescription | LinkDescription | OtherDescription;

interface Described {
  /** Absolute path in the file, `/images`. */
  readonly path: string;
  readonly attributes: Readonly<Record<string, PlainValue>>;
  /** What is damaged here, so that it couldn't be read: a message. */
  readonly error?: string;
}

export interface GroupDescription extends Described {
  readonly kind: 'group';
}

/** Without facts when these are damaged. */
export interface DatasetDescription extends Described, Partial<DatasetFacts> {
  readonly kind: 'dataset';
}

export interface LinkDescription extends Described {
  /** `hard link`: an object that has been described under its first path, `target`. */
  readonly kind: 'hard link' | 'soft link' | 'external link';
  /** Path that the link leads to, `other.h5:/path` for an external one; not known in every file. */
  readonly target?: string;
}

export interface OtherDescription extends Described {
  readonly kind: 'datatype' | 'unknown';
}

/**
 * Describes everything in an HDF5 file: groups, links, and datasets with their shape, chunks, chunk
 * index, filters, allocated bytes and attributes. Chunk indexes are scanned, data isn't read.
 * An object that is damaged is told in its `error`; the others are described all the same.
 *
 * @throws NotFoundError when there is no file, CorruptFileError when it isn't HDF5 or too damaged to
 *   be opened, StorageError when it can't be read
 * @example
 * const { entries } = await describeFile('pets.h5');
 * const images = entries.find(({ path }) => path === '/images');
 */
export async function describeFile(file: string): Promise<FileDescription> {
  const source = await openFileSource(file);
  try {
    const walk = await walkFile(source);
    await using h5 = await openH5(file, 'r');
    const entries: EntryDescription[] = [];
    for await (const object of walk(h5)) entries.push(await describeObject(object, h5));
    return { file, bytes: source.size, journal: journalState(file), entries };
  } finally {
    await source.close();
  }
}

async function describeObject(object: FoundObject, h5: H5File): Promise<EntryDescription> {
  const { path, kind } = object;
  switch (kind) {
    case 'hard link':
    case 'soft link':
    case 'external link':
      return {
        path,
        kind,
        ...(object.target === undefined ? {} : { target: object.target }),
        attributes: {},
      };
    case 'unknown':
      return { path, kind, attributes: {}, ...errorOf(object.error) };
    case 'group':
    case 'datatype':
      return { path, kind, ...describeAttributes(h5, path) };
    case 'dataset': {
      const { attributes, error } = describeAttributes(h5, path);
      try {
        const facts = await describeDataset(object, h5, attributes);
        return { path, kind, ...facts, attributes, ...errorOf(error ?? facts.error) };
      } catch (failure) {
        return { path, kind, attributes, error: messageOf(failure) };
      }
    }
  }
}

function errorOf(error: string | undefined): { error?: string } {
  return error === undefined ? {} : { error };
}
