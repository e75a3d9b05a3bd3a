import type { ErrorPlace } from '../errors.js';
import { PlanefeedError, StorageError } from '../errors.js';
import type { HandleState } from './h5-handle.js';
import { check, describeFailure } from './h5-handle.js';
import type { FileIo, H5Library, MakeIo } from './h5-io.js';
import { captureErrorStack, watchOpening } from './h5-io.js';
import { overlay } from './h5-overlay.js';

/** Opens the file, which exists, for writing, as it was opened first. */
export type Reopen = () => bigint;

/**
 * Changes a file by HDF5 (`change`) and then, closed, by hand (`patch`): HDF5 keeps what it knows
 * of a file in memory and would not see a change beneath it. HDF5's ids die; `state.fileId` is the
 * new one.
 *
 * Everything that `change` and `patch` write is held back and goes to the file at the end, so that
 * when one of them throws the file is left, and opened again, as it was.
 *
 * @throws StorageError when the file can't be closed (HDF5 has something in it open), written, or
 *   opened again; then it is out of use.
 */
export function changeClosed<T>(
  state: HandleState,
  reopen: Reopen,
  change: (library: H5Library, fileId: bigint) => T,
  patch: (io: FileIo, changed: T) => void,
): void {
  const place = { file: state.storage.file };
  if (state.opened.isShared()) {
    throw new StorageError('Could not close the file for a change: it is open here a second time', {
      place,
      advice: 'Close the other File first',
    });
  }
  close(state, place);
  try {
    // HDF5 would then share what it still holds with the file that is opened again.
    if (state.file.streams > 0) {
      throw new StorageError('Could not close the file for a change: HDF5 has an object open', {
        place,
      });
    }
    const under = state.storage.openIo('r+');
    try {
      const held = overlay(under.io, under.io.size());
      open(state, place, reopen, () => held);
      const outcome = captureErrorStack(() => change(state.library, state.fileId));
      close(state, place);
      if (state.file.streams > 0) {
        // Not to be taken for the file itself when that is opened again.
        throw outOfUse(state, place, 'close the file', new Error('HDF5 has an object open'));
      }
      check('change the file', place, state.file, outcome);
      patch(held, outcome.result as T);
      applyOrFail(state, place, () => {
        held.apply();
      });
    } finally {
      under.close();
    }
  } finally {
    if (state.file.failure === undefined) open(state, place, reopen, state.storage.makeIo);
  }
}

function open(state: HandleState, place: ErrorPlace, reopen: Reopen, makeIo: MakeIo): void {
  const { path } = state.file;
  const { result } = watchOpening(path, makeIo, () => captureErrorStack(reopen), state.file);
  state.fileId = result.result ?? -1n;
  if (state.fileId >= 0n && state.file.failure === undefined) return;
  const cause = state.file.failure ?? result.thrown ?? new Error(result.errorStack.trim());
  throw outOfUse(state, place, 'open the file again', cause);
}

function close(state: HandleState, place: ErrorPlace): void {
  const outcome = captureErrorStack(() => state.library.close_file(state.fileId));
  check('close the file for a change', place, state.file, outcome);
}

function applyOrFail(state: HandleState, place: ErrorPlace, apply: () => void): void {
  try {
    apply();
  } catch (error) {
    throw outOfUse(state, place, 'write to the file', error);
  }
}

function outOfUse(
  state: HandleState,
  place: ErrorPlace,
  action: string,
  cause: unknown,
): PlanefeedError {
  state.file.failure ??= cause;
  return new StorageError(`Could not ${action}: ${describeFailure(cause)}`, {
    place,
    advice: 'The file is out of use',
    cause,
  });
}
