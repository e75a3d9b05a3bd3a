import fs from 'node:fs';
import { CorruptFileError, StorageError } from '../errors.js';
import type { FileIo } from './h5-io.js';
import { findSuperblock, withoutMarks } from './h5-superblock.js';
import type { SuperblockImage } from './h5-superblock.js';
import type { JournalFiles, Syncs } from './journal-files.js';
import { syncFolder, writeFully } from './journal-files.js';
import { applyChanges, heldPages } from './journal-pages.js';
import { encodeRecord } from './journal-record.js';

/**
 * A file that goes from commit to commit, whatever happens in between: a redo journal beneath HDF5.
 *
 * What is appended goes to the file at once, since nothing committed points there; what changes in
 * the committed part is held. A commit makes the former durable, then a record of the latter in
 * the journal (this is the moment), and only then changes the file. The record stays valid until
 * the next commit, which begins by making the changed file durable.
 */
export interface Journal {
  /** What HDF5 reads and writes. */
  readonly io: FileIo;
  /** Where the file is: a new one gets its name with its first commit. */
  readonly path: string;
  /** To be run with everything flushed. After a failure nothing may be written any more. */
  commit(): Syncs;
  /** Commits, and leaves the file alone. */
  finish(): Syncs;
  /** Closes the files as they are: after a failure the next opening puts them right. */
  abandon(): void;
}

export interface JournalOptions {
  /** Whether to wait for the device. */
  readonly durable: boolean;
  /** Bytes of changes to the committed part that may be held. */
  readonly limit: number;
  /** Whether the file is made anew; it replaces one that is there. */
  readonly create: boolean;
}

/** Begins a session; the lock is held, and what an earlier session left is put right. */
export function openJournal(
  files: JournalFiles,
  { durable, limit, create }: JournalOptions,
): Journal {
  let path = create ? files.building : files.file;
  const descriptor = create ? createLike(files) : fs.openSync(path, 'r+');
  let published = !create;
  let sequence = 0;
  let journal: number | undefined;
  const size = fs.fstatSync(descriptor).size;
  const readAt = (into: Uint8Array, position: number): number =>
    fs.readSync(descriptor, into, 0, into.length, position);
  const found = findSuperblock(readAt, size);
  // HDF5 doesn't look at what lies beyond the end that the superblock names.
  const pages = heldPages(descriptor, files.file, Math.min(size, found?.end ?? size), limit);
  let before: SuperblockImage | undefined = found;

  const superblock = (): SuperblockImage => {
    const image = findSuperblock((into, at) => pages.read(into, at), pages.size());
    if (image === undefined) {
      throw new CorruptFileError('Could not commit: the file has lost its superblock', {
        place: { file: files.file },
      });
    }
    const bytes = withoutMarks(image.bytes);
    pages.write(bytes, image.offset);
    return { ...image, bytes };
  };

  function* publish(): Syncs {
    if (durable) yield descriptor;
    fs.renameSync(path, files.file);
    path = files.file;
    published = true;
    if (durable) yield* syncFolder(files.folder);
  }

  function* writeRecord(record: Uint8Array): Syncs {
    const created = journal === undefined;
    journal ??= fs.openSync(files.journal, 'w');
    writeFully(journal, record, 0);
    if (!durable) return;
    yield journal;
    if (created) yield* syncFolder(files.folder);
  }

  function* commit(): Syncs {
    const after = superblock();
    if (pages.size() !== after.end || pages.isShort) pages.truncate(after.end);
    if (!published) {
      yield* publish();
    } else {
      const { extents, zeros } = pages.changes();
      const changed = extents.length > 0 || zeros.to > zeros.from;
      if (!changed && after.end === pages.committedEnd) return;
      const record = {
        sequence: sequence + 1,
        oldEnd: pages.committedEnd,
        newEnd: after.end,
        superblockAt: after.offset,
        oldSuperblock: before?.bytes ?? after.bytes,
        newSuperblock: after.bytes,
        zeros,
        extents,
      };
      const encoded = encodeRecord(record);
      // The record that is about to be overwritten must not be needed any more.
      if (durable) yield descriptor;
      yield* writeRecord(encoded);
      applyChanges(descriptor, record);
    }
    sequence++;
    before = after;
    pages.settle(after.end);
  }

  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    fs.closeSync(descriptor);
    if (journal !== undefined) fs.closeSync(journal);
  };

  return {
    io: pages,
    get path() {
      return path;
    },
    commit,
    *finish() {
      yield* commit();
      if (journal !== undefined) {
        if (durable) yield descriptor;
        fs.unlinkSync(files.journal);
        if (durable) yield* syncFolder(files.folder);
      }
      close();
    },
    abandon: () => {
      close();
      if (!published) fs.rmSync(files.building, { force: true });
    },
  };
}

/** A new file with the permissions of the one that it will replace. */
function createLike(files: JournalFiles): number {
  try {
    const mode = fs.statSync(files.file, { throwIfNoEntry: false })?.mode;
    const descriptor = fs.openSync(files.building, 'wx+', mode);
    if (mode !== undefined) fs.fchmodSync(descriptor, mode);
    return descriptor;
  } catch (cause) {
    throw new StorageError(`Could not create the file: ${(cause as Error).message}`, {
      place: { file: files.building },
      cause,
    });
  }
}
