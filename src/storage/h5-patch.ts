import type { ChangeClosed } from './h5-creation.js';
import type { FileBytes } from './h5-file-bytes.js';
import { baseAddress, bytesOf } from './h5-file-bytes.js';
import type { H5Handle } from './h5-handle.js';
import { headerAddress } from './h5-header-address.js';
import type { KnownMetadata } from './h5-metadata.js';

/** A file's bytes, and where to begin with them. Addresses and lengths in it have 8 bytes. */
export interface FileStructures extends FileBytes {
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute offset of address 0. */
  readonly base: number;
  /** Absolute offset of the root group's object header. */
  readonly root: number;
}

/** For what h5wasm can't do. `action` completes "Could not …"; `path` is what it is done to. */
export interface H5Patch {
  /** Shows the file's structures, everything written out; they must not be written to. */
  readStructures<T>(action: string, path: string, read: (structures: FileStructures) => T): T;
  /**
   * Changes the file by calls to this object (`change`) and then, while it is closed, by hand
   * (`edit`). It is opened again before this returns. All or nothing: it all happens in memory,
   * and reaches the file only after `edit` has returned; what either throws is thrown here.
   */
  editStructures(
    action: string,
    path: string,
    change: () => void,
    edit: (structures: FileStructures) => void,
  ): void;
}

export function patchCalls(
  handle: H5Handle,
  metadata: KnownMetadata,
  changeClosed: ChangeClosed,
): H5Patch {
  const flush = (action: string, path: string): number =>
    handle.runWriting(action, { dataset: path }, (h5, id) => {
      h5.flush(id);
      return headerAddress(h5, id, '/');
    });
  const settled = (action: string, path: string): number =>
    handle.writable
      ? flush(action, path)
      : handle.run(action, { dataset: path }, (h5, id) => headerAddress(h5, id, '/'));
  const structuresOf = (bytes: FileBytes, rootAddress: number): FileStructures => {
    const base = baseAddress(bytes, handle.path);
    return { ...bytes, file: handle.path, base, root: base + rootAddress };
  };

  return {
    readStructures: (action, path, read) => {
      const root = settled(action, path);
      const opened = handle.openIo('r');
      try {
        return read(structuresOf(bytesOf(opened.io), root));
      } finally {
        opened.close();
      }
    },

    editStructures: (action, path, change, edit) => {
      // The file has to be as it was before, also if what follows fails.
      const root = flush(action, path);
      changeClosed(change, (io) => {
        edit(structuresOf(bytesOf(io), root));
      });
      metadata.forgetAll();
    },
  };
}
