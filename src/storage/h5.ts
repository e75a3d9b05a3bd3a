import path from 'node:path';
import type { LIBVER_BOUND } from 'h5wasm/node';
import { CorruptFileError, StorageError } from '../errors.js';
import type { H5Attributes } from './h5-attributes.js';
import { attributeCalls } from './h5-attributes.js';
import { changeClosed } from './h5-change-closed.js';
import type { ChangeClosed, H5Creation } from './h5-creation.js';
import { creationCalls } from './h5-creation.js';
import type { H5Datasets } from './h5-datasets.js';
import { datasetCalls } from './h5-datasets.js';
import type { H5Elements } from './h5-elements.js';
import { elementCalls } from './h5-elements.js';
import type { HandleState } from './h5-handle.js';
import { check, describeFailure, makeHandle } from './h5-handle.js';
import type { CallOutcome, H5Library, WatchedFile } from './h5-io.js';
import { captureErrorStack, h5wasm, innermostMessage, loadH5wasm, watchOpening } from './h5-io.js';
import type { H5Links } from './h5-links.js';
import { linkCalls } from './h5-links.js';
import { knownMetadata } from './h5-metadata.js';
import type { H5Patch } from './h5-patch.js';
import { patchCalls } from './h5-patch.js';
import type { H5Mode } from './h5-preflight.js';
import { registerOpen } from './h5-open-files.js';
import { openStorage } from './h5-storage.js';
import type { H5References } from './h5-references.js';
import { referenceCalls } from './h5-references.js';
import type { H5Scales } from './h5-scales.js';
import { scaleCalls } from './h5-scales.js';
import type { H5Tree } from './h5-tree.js';
import { treeCalls } from './h5-tree.js';

export type { AttributeValue } from './h5-attributes.js';
export type { H5Box } from './h5-box.js';
export type { EmptyDataset, LibraryType } from './h5-creation.js';
export type { DatasetInfo, H5Filter, NewDataset } from './h5-datasets.js';
export type { FileBytes } from './h5-file-bytes.js';
export type { FileStructures } from './h5-patch.js';
export type { H5Mode } from './h5-preflight.js';
export { requireNoNul } from './h5-strings.js';
export type { H5Kind, H5Link } from './h5-lookup.js';
export type { H5Entry } from './h5-tree.js';
export type { H5Encoding, H5Type, IntegerType } from './h5-type.js';
export type { H5Dtype, NumericArray, NumericDtype } from './h5-types.js';

/** What a commit survives: `full` a power failure (fsync), `process` the death of the process. */
export type Durability = 'full' | 'process';

/** A bound on the versions of HDF5 structures that are written. */
export type LibraryVersion = LIBVER_BOUND;

export interface OpenH5Options {
  /** Default `full`. */
  readonly durability?: Durability;
  /**
   * Oldest and newest HDF5 version whose structures may be written; default `['v110', 'v110']`,
   * which HDF5 1.10 and h5py 2.8 can read.
   */
  readonly libver?: readonly [LibraryVersion, LibraryVersion];
  /**
   * Go from commit to commit: whatever happens in between (the process is killed; with durability
   * `full`, the power fails), the file with its journal is at the last commit, or the one that was
   * being made. Only one process at a time may write the file then. A flush is a commit. Default:
   * false.
   */
  readonly journal?: boolean;
  /**
   * Bytes of changes to what is committed that the journal may hold; default 256 MiB. A commit takes
   * up to three times as much for a moment.
   */
  readonly journalMemory?: number;
}

/** An open HDF5 file. Every call is checked: what h5wasm or the disk refuses is a `StorageError`. */
export interface H5File
  extends
    H5Datasets,
    H5Elements,
    H5Creation,
    H5Patch,
    H5Attributes,
    H5References,
    H5Scales,
    H5Tree,
    H5Links,
    AsyncDisposable {
  /** Absolute path. */
  readonly path: string;
  /** As it was opened. */
  readonly mode: H5Mode;
  readonly writable: boolean;
  readonly closed: boolean;
  /** Hands everything that was written to the operating system; h5py's `flush`. With a journal, a commit. */
  flush(): void;
  /**
   * Writes everything out and, with durability `full`, waits until it is on the device. With a
   * journal the file is not to be used until then.
   */
  commit(): Promise<void>;
  /** Commits (if writable) and closes. Closing again does nothing. */
  close(): Promise<void>;
  /** As `close`, blocking until it is done. */
  closeSync(): void;
}

/**
 * Opens an HDF5 file with h5wasm: the only place where the project does. Modes are h5py's.
 *
 * After a failed write (a full disk, an I/O error) the file refuses every further call, and
 * `close` only releases it.
 *
 * @throws NotFoundError when there is no file; CorruptFileError when it isn't HDF5;
 *   StorageError when it can't be opened (a directory, no permission, in use, I/O failed).
 * @example
 * await using file = await openH5('data.h5', 'r');
 * file.readSlice('/images', [0, 0, 0, 0], [1, 64, 64, 3]);
 */
export async function openH5(
  file: string,
  mode: H5Mode,
  options: OpenH5Options = {},
): Promise<H5File> {
  const { durability = 'full', libver = ['v110', 'v110'] } = options;
  const { journal = false, journalMemory = 2 ** 28 } = options;
  const library = await loadH5wasm();
  const absolute = path.resolve(file);
  const writable = mode !== 'r';
  const storage = await openStorage(absolute, mode, { durability, journal, journalMemory });
  const { how, watched } = storage;

  const { result: opened } = watchOpening(
    watched.path,
    storage.makeIo,
    () => captureErrorStack(() => callOpen(library, watched.path, how, writable, libver)),
    watched,
  );
  const fileId = opened.result ?? -1n;
  if (fileId < 0n) {
    storage.release();
    throw openFailure(absolute, how, watched, opened);
  }

  const state: HandleState = {
    library,
    fileId,
    file: watched,
    opened: registerOpen(watched.path),
    storage,
    committing: undefined,
    closed: false,
  };
  const handle = makeHandle(state, absolute, writable);
  const metadata = knownMetadata(handle);
  const reopen = (): bigint => callOpen(library, watched.path, 'open', writable, libver);
  const change: ChangeClosed = (byLibrary, byHand) => {
    changeClosed(state, reopen, byLibrary, byHand);
  };

  const commit = async (): Promise<void> => {
    while (state.committing !== undefined) await state.committing;
    handle.runWriting('commit', {}, (h5, id) => h5.flush(id));
    const committing = storage.commit();
    if (storage.exclusive) {
      const done = (): void => {
        state.committing = undefined;
      };
      state.committing = committing.then(done, done);
    }
    await committing;
  };
  const closeSync = (): void => {
    if (state.closed) return;
    // Refuses while a commit is under way.
    if (state.committing !== undefined) handle.run('close', {}, () => undefined);
    state.closed = true;
    try {
      closeFile(state, absolute);
      storage.finishNow();
    } finally {
      state.opened.release();
      storage.release();
    }
  };
  const close = async (): Promise<void> => {
    while (state.committing !== undefined) await state.committing;
    if (state.closed) return;
    state.closed = true;
    try {
      closeFile(state, absolute);
      await storage.finish();
    } finally {
      state.opened.release();
      storage.release();
    }
  };
  return {
    path: absolute,
    mode,
    writable,
    get closed() {
      return state.closed;
    },
    ...datasetCalls(handle, metadata),
    ...elementCalls(handle, metadata),
    ...creationCalls(handle, change),
    ...patchCalls(handle, metadata, change),
    ...attributeCalls(handle),
    ...referenceCalls(handle),
    ...scaleCalls(handle),
    ...treeCalls(handle),
    ...linkCalls(handle),
    flush: () => {
      handle.run('flush', {}, (h5, id) => h5.flush(id));
      storage.flushed();
    },
    commit,
    close,
    closeSync,
    [Symbol.asyncDispose]: close,
  };
}

function callOpen(
  library: H5Library,
  file: string,
  how: 'open' | 'create' | 'truncate',
  writable: boolean,
  libver: readonly [LibraryVersion, LibraryVersion],
): bigint {
  const flags = {
    open: writable ? library.H5F_ACC_RDWR : library.H5F_ACC_RDONLY,
    create: library.H5F_ACC_EXCL,
    truncate: library.H5F_ACC_TRUNC,
  }[how];
  const [low, high] = libver.map((version) => library[h5wasm().LIBVER_BOUNDS_MAP[version]]);
  return library.open(file, flags, false, low, high);
}

function closeFile({ library, fileId, file }: HandleState, path: string): void {
  const failedBefore = file.failure !== undefined;
  file.discarding = failedBefore;
  const outcome = captureErrorStack(() => library.close_file(fileId));
  // The failure has been reported by the call that met it.
  if (!failedBefore) check('close', { file: path }, file, outcome);
}

function openFailure(
  file: string,
  how: 'open' | 'create' | 'truncate',
  watched: WatchedFile,
  { errorStack, thrown }: CallOutcome<unknown>,
): StorageError | CorruptFileError {
  const place = { file };
  const cause = watched.failure ?? thrown ?? new Error(errorStack.trim());
  if (watched.failure !== undefined) {
    return new StorageError(`Could not open the file: ${describeFailure(watched.failure)}`, {
      place,
      cause,
    });
  }
  const reason = innermostMessage(errorStack);
  if (/already open|consistency flags/.test(reason)) {
    return new StorageError(`Could not open the file: ${reason}`, {
      place,
      advice:
        'It is open already, here or in another process, or is marked so by one that was killed while it wrote',
      cause,
    });
  }
  if (how === 'open') {
    return new CorruptFileError(`HDF5 could not open the file: ${reason}`, { place, cause });
  }
  return new StorageError(`HDF5 could not create the file: ${reason}`, { place, cause });
}
