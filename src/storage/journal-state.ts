import fs from 'node:fs';
import { StorageError } from '../errors.js';
import { journalFiles, type JournalFiles } from './journal-files.js';
import { decodeRecord, mayBeJournal } from './journal-record.js';
import { isApplied, readJournal } from './recover.js';
import { livingHolder } from './write-lock.js';

/**
 * What is beside a file:
 *
 * - `none`: no journal;
 * - `in use`: a writer has the file open;
 * - `complete`: the journal of a killed writer, whose last commit is wholly in the file;
 * - `unfinished`: that of a writer killed while it began a commit: the file is at the one before;
 * - `needed`: that of a writer killed in the middle of a commit: the file has to be recovered;
 * - `foreign`: something else has the journal's name.
 */
export type JournalState = 'none' | 'in use' | 'complete' | 'unfinished' | 'needed' | 'foreign';

/**
 * Looks at a file's journal and changes nothing.
 *
 * @throws StorageError when the journal can't be read, or the lock isn't one
 */
export function journalState(file: string): JournalState {
  try {
    return stateOf(journalFiles(file));
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError(`Could not look for a journal: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
}

function stateOf(files: JournalFiles): JournalState {
  if (livingHolder(files) !== undefined) return 'in use';
  const encoded = readJournal(files);
  if (encoded === undefined) return 'none';
  if (!mayBeJournal(encoded)) return 'foreign';
  const record = decodeRecord(encoded);
  if (record === undefined) return 'unfinished';
  let descriptor: number;
  try {
    descriptor = fs.openSync(files.file, 'r');
  } catch {
    // Whoever reads the file says what is wrong with it.
    return 'complete';
  }
  try {
    return isApplied(descriptor, record) ? 'complete' : 'needed';
  } finally {
    fs.closeSync(descriptor);
  }
}
