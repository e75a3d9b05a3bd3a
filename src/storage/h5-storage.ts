import fs from 'node:fs';
import { StorageError } from '../errors.js';
import { describeFailure } from './h5-handle.js';
import type { FileIo, MakeIo, WatchedFile } from './h5-io.js';
import { directIo } from './h5-io.js';
import type { Durability } from './h5.js';
import type { H5Mode } from './h5-preflight.js';
import { preflight } from './h5-preflight.js';
import { openForSync } from './h5-sync.js';
import { openJournal } from './journal.js';
import type { JournalFiles, Syncs } from './journal-files.js';
import { journalFiles, sync, syncNow } from './journal-files.js';
import { recoverNow, settleForReading } from './recover.js';
import { refuseIfLocked, takeWriteLock } from './write-lock.js';

/** What lies beneath HDF5 while it has a file open: the file itself, or a journal. */
export interface H5Storage {
  /** The file's name, wherever it is while it is being made. */
  readonly file: string;
  readonly watched: WatchedFile;
  /** What HDF5 has to do with the file at `watched.path`. */
  readonly how: 'open' | 'create' | 'truncate';
  readonly makeIo: MakeIo;
  /** The file's bytes, past HDF5. */
  openIo(flags: 'r' | 'r+'): OpenedIo;
  /** Whether the file must be left alone until a commit is done. */
  readonly exclusive: boolean;
  /** Makes a commit of what HDF5 has flushed. */
  commit(): Promise<void>;
  /** After a flush that is no commit. */
  flushed(): void;
  /** When HDF5 has closed the file. */
  finish(): Promise<void>;
  finishNow(): void;
  /** Lets go of everything, whatever happened before. */
  release(): void;
}

export interface OpenedIo {
  readonly io: FileIo;
  close(): void;
}

export interface StorageOptions {
  readonly durability: Durability;
  readonly journal: boolean;
  /** Bytes that the journal may hold. */
  readonly journalMemory: number;
}

/** Opens what lies beneath; what a killed writer left is put right first. */
export async function openStorage(
  file: string,
  mode: H5Mode,
  options: StorageOptions,
): Promise<H5Storage> {
  if (mode === 'r') {
    await settleForReading(file);
    return directStorage(file, mode, undefined);
  }
  preflight(file, mode);
  const files = journalFiles(file);
  if (options.journal) return journalStorage(file, mode, files, options);
  refuseIfLocked(files);
  if (fs.existsSync(files.journal)) {
    const lock = takeWriteLock(files);
    try {
      recoverNow(files);
    } finally {
      lock.release();
    }
  }
  return directStorage(file, mode, options.durability);
}

function directStorage(file: string, mode: H5Mode, durability: Durability | undefined): H5Storage {
  const how = preflight(file, mode);
  const watched = watch(() => file);
  const syncing = durability === 'full' ? openForSync(watched, how !== 'open') : undefined;
  return {
    file,
    watched,
    how,
    makeIo: directIo,
    openIo: (flags) => {
      const descriptor = fs.openSync(file, flags);
      return {
        io: directIo(descriptor),
        close: () => {
          fs.closeSync(descriptor);
        },
      };
    },
    exclusive: false,
    commit: async () => {
      await syncing?.sync();
    },
    flushed: () => undefined,
    finish: async () => {
      await syncing?.sync();
    },
    finishNow: () => {
      syncing?.syncNow();
    },
    release: () => {
      syncing?.close();
    },
  };
}

function journalStorage(
  file: string,
  mode: H5Mode,
  files: JournalFiles,
  { durability, journalMemory }: StorageOptions,
): H5Storage {
  const lock = takeWriteLock(files);
  try {
    recoverNow(files);
    // Now that nobody else writes it.
    const create = preflight(file, mode) !== 'open';
    const durable = durability === 'full';
    const journal = openJournal(files, { durable, limit: journalMemory, create });
    const watched = watch(() => journal.path);
    const failed = (error: unknown): StorageError => {
      watched.failure ??= error;
      return new StorageError(`Could not commit: ${describeFailure(error)}`, {
        place: { file },
        advice: 'The file is out of use; opening it again finds its last commit',
        cause: error,
      });
    };
    const runNow = (steps: Syncs): void => {
      if (watched.failure !== undefined) return;
      try {
        syncNow(steps);
      } catch (error) {
        throw failed(error);
      }
    };
    const run = async (steps: Syncs): Promise<void> => {
      if (watched.failure !== undefined) return;
      try {
        await sync(steps);
      } catch (error) {
        throw failed(error);
      }
    };
    return {
      file,
      watched,
      how: create ? 'truncate' : 'open',
      makeIo: () => journal.io,
      openIo: () => ({ io: journal.io, close: () => undefined }),
      exclusive: true,
      commit: () => run(journal.commit()),
      flushed: () => {
        runNow(journal.commit());
      },
      finish: () => run(journal.finish()),
      finishNow: () => {
        runNow(journal.finish());
      },
      release: () => {
        journal.abandon();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function watch(pathNow: () => string): WatchedFile {
  return {
    get path() {
      return pathNow();
    },
    failure: undefined,
    discarding: false,
    streams: 0,
  };
}
