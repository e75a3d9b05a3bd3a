import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { CorruptFileError, NotFoundError, PlanefeedError, StorageError } from '../errors.js';
import { findSuperblock } from './h5-superblock.js';
import type { JournalFiles, Syncs } from './journal-files.js';
import {
  journalFiles,
  readFully,
  removeAbandoned,
  sync,
  syncFolder,
  syncNow,
} from './journal-files.js';
import { applyChanges } from './journal-pages.js';
import type { JournalRecord } from './journal-record.js';
import { decodeRecord, mayBeJournal } from './journal-record.js';
import { livingHolder, takeWriteLock } from './write-lock.js';

/** What `recover` found and did. */
export interface Recovery {
  /**
   * `clean`: no writer left anything. `completed`: the last commit was carried out (again).
   * `discarded`: a commit had begun that never came to be; the file is at the one before.
   */
  readonly outcome: 'clean' | 'completed' | 'discarded';
  /** Bytes of the file now. */
  readonly bytes: number;
  /** Bytes cut off its end that belonged to no commit. */
  readonly cut: number;
}

/**
 * Brings a file whose writer was killed to its last commit, and removes its journal. Opening the
 * file for writing does the same. Doing it again, or after being killed in it, does no harm.
 *
 * @throws NotFoundError when there is no file; StorageError when it is being written, or the journal
 *   is another file's; CorruptFileError when the file has been changed by something else since
 * @example
 * const { outcome } = await recover('photos.h5');
 */
export async function recover(file: string): Promise<Recovery> {
  const files = journalFiles(file);
  const found = statOf(file);
  if (found === undefined) {
    throw new NotFoundError('Expected an HDF5 file, found nothing', { place: { file } });
  }
  if (!found.isFile()) {
    const what = found.isDirectory() ? 'a directory' : 'something else';
    throw new StorageError(`Expected an HDF5 file, found ${what}`, { place: { file } });
  }
  const lock = takeWriteLock(files);
  try {
    let recovery: Recovery | undefined;
    await sync(
      (function* () {
        recovery = yield* recoverLocked(files);
      })(),
    );
    return recovery!;
  } catch (cause) {
    if (cause instanceof PlanefeedError) throw cause;
    throw new StorageError(`Could not recover the file: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  } finally {
    lock.release();
  }
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false });
  } catch (cause) {
    throw new StorageError(`Could not look at the file: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
}

/** The same, by a process that holds the lock, which may be about to create the file. */
export function* recoverLocked(files: JournalFiles): Generator<number, Recovery, void> {
  removeAbandoned(files);
  const encoded = readJournal(files);
  const size = fs.statSync(files.file, { throwIfNoEntry: false })?.size;
  if (encoded === undefined) return { outcome: 'clean', bytes: size ?? 0, cut: 0 };
  if (!mayBeJournal(encoded)) {
    throw new StorageError('Expected the journal of an HDF5 file, found something else', {
      place: { file: files.journal },
      advice: 'Move it elsewhere: a file of this name is in the way of the journal',
    });
  }
  const record = decodeRecord(encoded);
  if (size !== undefined) {
    const descriptor = fs.openSync(files.file, 'r+');
    try {
      if (record === undefined) cutTail(descriptor, files, size);
      else complete(descriptor, files, size, record);
      yield descriptor;
    } finally {
      fs.closeSync(descriptor);
    }
  }
  fs.unlinkSync(files.journal);
  yield* syncFolder(files.folder);
  const bytes = fs.statSync(files.file, { throwIfNoEntry: false })?.size ?? 0;
  const outcome = record === undefined ? 'discarded' : 'completed';
  return { outcome, bytes, cut: Math.max(0, (size ?? 0) - bytes) };
}

/** Runs a recovery without letting go of the thread; the lock is held. */
export function recoverNow(files: JournalFiles): void {
  syncNow(
    (function* (): Syncs {
      yield* recoverLocked(files);
    })(),
  );
}

/**
 * Sees to it that a file shows a commit to whoever reads it next. While a writer is in the middle
 * of changing the file (a few milliseconds a commit) this waits; when it was killed there, this
 * recovers the file.
 *
 * @throws StorageError when the file has to be recovered and can't be, for want of permission
 */
export async function settleForReading(file: string): Promise<void> {
  const files = journalFiles(file);
  for (let attempt = 0; isHalfApplied(files); attempt++) {
    if (livingHolder(files) === undefined) {
      await recoverForReading(files);
      return;
    }
    if (attempt === patience) {
      throw new StorageError('The file is in the middle of a commit that does not end', {
        place: { file },
        advice: 'Wait for its writer',
      });
    }
    await setTimeout(10);
  }
}

/** Times 10 ms. */
const patience = 1000;

async function recoverForReading({ file }: JournalFiles): Promise<void> {
  try {
    await recover(file);
  } catch (cause) {
    throw new StorageError(
      `The file's writer was killed in the middle of a commit, which has to be completed first: ${(cause as Error).message}`,
      { place: { file }, advice: `Run planefeed recover ${file}`, cause },
    );
  }
}

/** Whether a commit is in the journal but not wholly in the file. */
function isHalfApplied(files: JournalFiles): boolean {
  const encoded = readJournal(files);
  const record = encoded === undefined ? undefined : decodeRecord(encoded);
  if (record === undefined) return false;
  let descriptor: number;
  try {
    descriptor = fs.openSync(files.file, 'r');
  } catch {
    // Whoever reads it next says what is wrong with it.
    return false;
  }
  try {
    return !isApplied(descriptor, record);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Whether all that a commit changes is in the file. */
export function isApplied(descriptor: number, { extents, zeros, newEnd }: JournalRecord): boolean {
  // What lies beyond the end, such as is being appended for the next commit, is in nobody's way.
  if (fs.fstatSync(descriptor).size < newEnd) return false;
  const zeroed = new Uint8Array(zeros.to - zeros.from);
  readFully(descriptor, zeroed, zeros.from);
  for (const { position, bytes } of extents) {
    const found = new Uint8Array(bytes.length);
    readFully(descriptor, found, position);
    if (Buffer.compare(found, bytes) !== 0) return false;
    const from = Math.max(0, position - zeros.from);
    zeroed.fill(0, from, Math.max(from, position + bytes.length - zeros.from));
  }
  return zeroed.every((byte) => byte === 0);
}

/** The journal's bytes; `undefined` where there is none. */
export function readJournal({ journal }: JournalFiles): Uint8Array | undefined {
  try {
    // Mostly there is none: asking takes less than what it takes to raise an error.
    if (fs.statSync(journal, { throwIfNoEntry: false }) === undefined) return undefined;
    return fs.readFileSync(journal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new StorageError(`Could not read the journal: ${(error as Error).message}`, {
      place: { file: journal },
      cause: error,
    });
  }
}

function complete(
  descriptor: number,
  files: JournalFiles,
  size: number,
  record: JournalRecord,
): void {
  const { superblockAt, oldSuperblock, newSuperblock } = record;
  const found = new Uint8Array(newSuperblock.length);
  readFully(descriptor, found, superblockAt);
  // Or of both, where the write of the new one was cut short.
  const known = found.every((byte, at) => byte === oldSuperblock[at] || byte === newSuperblock[at]);
  if (!known || size < record.newEnd) {
    throw new StorageError(
      "The journal isn't of this file as it is now: another program has changed or replaced the file",
      {
        place: { file: files.journal },
        advice: 'Delete the journal to keep the file as it is',
      },
    );
  }
  applyChanges(descriptor, record);
}

/** The commit that was being recorded didn't come to be: what was appended for it goes. */
function cutTail(descriptor: number, files: JournalFiles, size: number): void {
  const superblock = findSuperblock((into, at) => readFully(descriptor, into, at), size);
  if (superblock === undefined || superblock.end > size) {
    throw new CorruptFileError('Expected a whole HDF5 file beside an unfinished journal', {
      place: { file: files.file, structure: 'superblock' },
    });
  }
  if (superblock.end < size) fs.ftruncateSync(descriptor, superblock.end);
}
