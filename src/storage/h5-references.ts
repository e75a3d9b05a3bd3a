import { NotFoundError, UnsupportedByLibraryError } from '../errors.js';
import type { H5Handle } from './h5-handle.js';
import { isObject, kindAt, leavesFile } from './h5-lookup.js';

/** References: values that point to an object of the same file. */
export interface H5References {
  /**
   * The 8 bytes of an object reference: the address of the object's header, little-endian.
   *
   * @throws UnsupportedByLibraryError when an external link leads to it
   */
  objectReference(path: string): Uint8Array;
  /** A path of the object that a reference points to. @throws StorageError when there is none */
  referencedPath(reference: Uint8Array, kind: 'object' | 'region'): string | null;
}

export function referenceCalls(handle: H5Handle): H5References {
  return {
    objectReference: (path) =>
      handle.run('make a reference', { dataset: path }, (h5, id) => {
        if (!isObject(kindAt(h5, id, path))) {
          throw new NotFoundError('Expected an object to refer to, found none', {
            place: { file: handle.path, dataset: path },
          });
        }
        if (leavesFile(h5, id, path)) {
          throw new UnsupportedByLibraryError('references into another file', {
            place: { file: handle.path, dataset: path },
            advice: 'Open the file that the external link leads to',
          });
        }
        return Uint8Array.from(h5.create_object_reference(id, path));
      }),

    referencedPath: (reference, kind) =>
      handle.run('follow the reference', {}, (h5, id) =>
        h5.get_referenced_name(id, reference, kind === 'object'),
      ),
  };
}
