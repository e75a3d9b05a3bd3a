import type { ErrorPlace } from '../errors.js';
import {
  ClosedError,
  InvalidOptionError,
  MemoryLimitError,
  PlanefeedError,
  StorageError,
  UnsupportedByLibraryError,
} from '../errors.js';
import type { CallOutcome, H5Library, WatchedFile } from './h5-io.js';
import { captureErrorStack, innermostMessage } from './h5-io.js';
import type { OpenFile } from './h5-open-files.js';
import { otherFile } from './h5-lookup.js';
import type { H5Storage, OpenedIo } from './h5-storage.js';

/** An open HDF5 file as the modules beside this one see it: every h5wasm call goes through `run`. */
export interface H5Handle {
  readonly path: string;
  readonly writable: boolean;
  /** The file's bytes by themselves, as HDF5 has written them out. */
  openIo(flags: 'r' | 'r+'): OpenedIo;
  /**
   * Makes a call to h5wasm and checks it: `StorageError` if HDF5 complained or the file's I/O
   * failed, now or earlier; `ClosedError` after closing. `action` completes "Could not …".
   */
  run<T>(action: string, place: ErrorPlace, call: (library: H5Library, fileId: bigint) => T): T;
  /** As `run`, for calls that change the file: refused when it is open for reading. */
  runWriting<T>(
    action: string,
    place: ErrorPlace,
    call: (library: H5Library, fileId: bigint) => T,
  ): T;
  /**
   * As `runWriting`, for calls that change the object at `path` or make one there: refused, too,
   * where an external link leads there, since I/O on the other file isn't watched.
   */
  runChanging<T>(action: string, path: string, call: (library: H5Library, fileId: bigint) => T): T;
}

export interface HandleState {
  readonly library: H5Library;
  /** Changes when the file is opened again. */
  fileId: bigint;
  readonly file: WatchedFile;
  readonly opened: OpenFile;
  readonly storage: H5Storage;
  /** A commit that is under way, during which the file must not change. */
  committing: Promise<void> | undefined;
  closed: boolean;
}

export function makeHandle(state: HandleState, path: string, writable: boolean): H5Handle {
  const run = <T>(
    action: string,
    place: ErrorPlace,
    call: (library: H5Library, fileId: bigint) => T,
  ): T => {
    const where = { file: path, ...place };
    if (state.closed) {
      throw new ClosedError(`Could not ${action}: the file has been closed`, { place: where });
    }
    if (state.file.failure !== undefined) throw ioFailure(action, where, state.file.failure);
    if (state.committing !== undefined) {
      throw new StorageError(`Could not ${action}: a commit is under way`, {
        place: where,
        advice: 'Await the commit first',
      });
    }
    const outcome = captureErrorStack(() => call(state.library, state.fileId));
    check(action, where, state.file, outcome);
    return outcome.result as T;
  };
  const runWriting: H5Handle['runWriting'] = (action, place, call) => {
    // Of a closed file that is said first.
    if (!writable && !state.closed) {
      throw new InvalidOptionError(`Could not ${action}: the file is open for reading`, {
        place: { file: path, ...place },
        advice: "Open it with mode 'r+'",
      });
    }
    return run(action, place, call);
  };
  return {
    path,
    writable,
    openIo: (flags) => state.storage.openIo(flags),
    run,
    runWriting,
    runChanging: (action, object, call) =>
      runWriting(action, { dataset: object }, (library, id) => {
        const other = otherFile(library, id, object);
        if (other !== undefined) throw inOtherFile(action, { file: path, dataset: object }, other);
        return call(library, id);
      }),
  };
}

function inOtherFile(action: string, place: ErrorPlace, other: string): UnsupportedByLibraryError {
  return new UnsupportedByLibraryError(
    `changing another file through an external link (to ${action} in ${other})`,
    { place, advice: 'Open that file' },
  );
}

/** Throws if I/O failed, HDF5 printed an error stack, or the call threw. */
export function check(
  action: string,
  place: ErrorPlace,
  file: WatchedFile,
  { errorStack, thrown }: CallOutcome<unknown>,
): void {
  if (file.failure !== undefined) throw ioFailure(action, place, file.failure);
  if (thrown instanceof PlanefeedError) throw thrown;
  if (errorStack !== '') {
    throw new StorageError(`Could not ${action}: ${innermostMessage(errorStack)}`, {
      place,
      cause: new Error(errorStack.trim()),
    });
  }
  if (thrown !== undefined) {
    throw new StorageError(`Could not ${action}: ${describeFailure(thrown)}`, {
      place,
      cause: thrown,
    });
  }
}

function ioFailure(action: string, place: ErrorPlace, failure: unknown): PlanefeedError {
  if (failure instanceof MemoryLimitError) {
    return new MemoryLimitError(`Could not ${action}: ${failure.reason}`, {
      place,
      advice: `The file is out of use, at its last commit. ${failure.advice ?? ''}`,
      cause: failure,
    });
  }
  return new StorageError(`Could not ${action}: ${describeFailure(failure)}`, {
    place,
    advice: 'The file is out of use; what was written after the last commit may be lost',
    cause: failure,
  });
}

/** `ENOSPC: no space left on device, write`, as Node says it. */
export function describeFailure(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
