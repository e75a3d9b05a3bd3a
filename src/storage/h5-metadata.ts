import type { Metadata } from 'h5wasm/node';
import { NotFoundError } from '../errors.js';
import type { H5Handle } from './h5-handle.js';
import { kindAt, leavesFile } from './h5-lookup.js';

/** What h5wasm says of datasets (type, shape, chunks), asked once each. */
export interface KnownMetadata {
  /** @throws NotFoundError when there is no dataset at `path` */
  readonly of: (path: string) => Metadata;
  /** To be called when paths may lead elsewhere, or a dataset has changed its shape. */
  readonly forgetAll: () => void;
  /** As the handle's `runChanging`, which it spares paths that are known to stay in the file. */
  readonly runChanging: H5Handle['runChanging'];
}

export function knownMetadata(handle: H5Handle): KnownMetadata {
  // Kept because a call for each plane would otherwise ask HDF5 for the same facts each time.
  const known = new Map<string, Metadata>();
  return {
    of: (path) => {
      let metadata = known.get(path);
      if (metadata === undefined) {
        metadata = readMetadata(handle, path);
        // What changes in another file isn't seen here.
        if (!inOtherFile(handle, path)) known.set(path, metadata);
      }
      return metadata;
    },
    forgetAll: () => {
      known.clear();
    },
    runChanging: (action, path, call) =>
      known.has(path)
        ? handle.runWriting(action, { dataset: path }, call)
        : handle.runChanging(action, path, call),
  };
}

function inOtherFile(handle: H5Handle, path: string): boolean {
  return handle.run('look up a path', { dataset: path }, (h5, id) => leavesFile(h5, id, path));
}

function readMetadata(handle: H5Handle, path: string): Metadata {
  const place = { dataset: path };
  return handle.run('read the dataset', place, (h5, id) => {
    // Asked first: h5wasm throws through WebAssembly, leaking its stack, when the name is missing.
    if (kindAt(h5, id, path) !== 'dataset') {
      throw new NotFoundError('Expected a dataset, found none', {
        place: { file: handle.path, ...place },
      });
    }
    return h5.get_dataset_metadata(id, path);
  });
}
