import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { StorageError } from '../errors.js';
import { findSuperblock } from './h5-superblock.js';
import { journalFiles, readFully, type JournalFiles } from './journal-files.js';
import { decodeRecord } from './journal-record.js';
import { isApplied, readJournal, settleForReading } from './recover.js';
import { livingHolder } from './write-lock.js';

/** Reads of a file that may be written at the same time, by this process or another one. */
export interface CommittedReads {
  /**
   * Runs `read` until it has run while nothing was committed: what it found is of one commit.
   *
   * The journal is the sequence lock: a commit puts a new record there before it changes the file, so a
   * record that is the same before and after, and wholly in the file before, says that nothing has
   * changed meanwhile. What is appended before a commit changes nothing that is committed.
   *
   * @throws StorageError when commits leave no time for it, or a dead writer's last one can't be completed
   */
  consistently<T>(read: () => Promise<T>): Promise<T>;
  /** Bytes of the file that belong to a commit. */
  size(): number;
  /** Whether someone has the file open to write it with a journal, or had when it crashed. */
  isWritten(): boolean;
}

/** @param descriptor of the file, open for reading */
export function committedReads(file: string, descriptor: number): CommittedReads {
  const files = journalFiles(file);
  /** The beginning of the record that was last found to be in the file. */
  let applied: string | undefined;

  /** Says whether a commit is, or may be, under way. */
  const isCommitting = (): boolean => {
    const encoded = readJournal(files);
    if (encoded === undefined) return false;
    const start = startOf(encoded);
    if (start === applied) return false;
    const record = decodeRecord(encoded);
    // It is being written; or a crash has left it unfinished, and the file as it was before.
    if (record === undefined) return livingHolder(files) !== undefined;
    if (!isApplied(descriptor, record)) return true;
    applied = start;
    return false;
  };

  const isWritten = (): boolean => fs.existsSync(files.journal) || fs.existsSync(files.lock);

  return {
    async consistently(read) {
      for (const deadline = performance.now() + PATIENCE; performance.now() < deadline;) {
        const before = stateOf(files, descriptor);
        if (isCommitting()) {
          if (livingHolder(files) === undefined) await settleForReading(file);
          else await setTimeout(PAUSE);
          continue;
        }
        const [outcome] = await Promise.allSettled([read()]);
        // Otherwise at once again: right after a commit the next one is farthest away.
        if (stateOf(files, descriptor) !== before) continue;
        if (outcome.status === 'fulfilled') return outcome.value;
        throw outcome.reason;
      }
      throw new StorageError('The file is changed more often than it can be read', {
        place: { file },
        advice: 'Commit less often, or wait for its writer',
      });
    },
    isWritten,
    size() {
      const { size } = fs.fstatSync(descriptor);
      if (!isWritten()) return size;
      const end = superblockOf(descriptor, size)?.end;
      return end === undefined ? size : Math.min(size, end);
    },
  };
}

/** Milliseconds: carrying out a commit takes less than a pause, making it durable a few of them. */
const PAUSE = 1;
const PATIENCE = 10_000;

/** Differs where anything was committed in between. */
function stateOf(files: JournalFiles, descriptor: number): string {
  const { size } = fs.fstatSync(descriptor);
  const superblock = superblockOf(descriptor, size)?.bytes ?? new Uint8Array();
  const journal = fs.existsSync(files.journal) ? readStart(files.journal) : '';
  return `${journal} ${Buffer.from(superblock).toString('latin1')}`;
}

function superblockOf(descriptor: number, size: number): ReturnType<typeof findSuperblock> {
  return findSuperblock((into, position) => readFully(descriptor, into, position), size);
}

/** Signature and digest of the record: no two records have the same. */
const START = 48;

function startOf(encoded: Uint8Array): string {
  return Buffer.from(encoded.subarray(0, START)).toString('latin1');
}

function readStart(journal: string): string {
  const start = new Uint8Array(START);
  try {
    const descriptor = fs.openSync(journal, 'r');
    try {
      return startOf(start.subarray(0, readFully(descriptor, start, 0)));
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    // Its writer has just closed the file.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
