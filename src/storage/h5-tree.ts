import { NotFoundError, UnsupportedByLibraryError } from '../errors.js';
import type { H5Handle } from './h5-handle.js';
import type { H5Library } from './h5-io.js';
import type { H5Kind } from './h5-lookup.js';
import { isObject, kindAt, leavesFile } from './h5-lookup.js';

export interface H5Entry {
  /** Absolute path in the file. */
  readonly path: string;
  /** Links that lead somewhere count as what they lead to; `soft link` leads nowhere. */
  readonly kind: H5Kind;
}

export interface H5Tree {
  /** What lies at `path`; `undefined` for nothing. A link that leads nowhere is the link itself. */
  kindOf(path: string): H5Kind | undefined;
  createGroup(path: string): void;
  /** Everything below the group `path` (default `/`), in alphabetical order. */
  tree(path?: string): H5Entry[];
  /**
   * The names directly in a group in h5py's order: by their UTF-8 bytes, or as they were created in
   * a group that keeps track of it.
   *
   * @throws NotFoundError when there is no group at `group`
   */
  names(group: string): string[];
  /**
   * The address of an object's header, which is the same by whichever of its names it is reached,
   * and no other object's.
   *
   * @throws NotFoundError when there is no object at `path`; UnsupportedByLibraryError when it is
   *   in another file, by an external link
   */
  objectAddress(path: string): bigint;
}

export function treeCalls(handle: H5Handle): H5Tree {
  const requireGroup = (library: H5Library, fileId: bigint, path: string): void => {
    if (kindAt(library, fileId, path) === 'group') return;
    throw new NotFoundError('Expected a group, found none', {
      place: { file: handle.path, dataset: path },
    });
  };

  return {
    kindOf: (path) =>
      handle.run('look up a path', { dataset: path }, (h5, id) => kindAt(h5, id, path)),

    createGroup: (path) => {
      handle.runChanging('create the group', path, (h5, id) => h5.create_group(id, path, false));
    },

    tree: (path = '/') =>
      handle.run('list the file', { dataset: path }, (h5, id) => {
        requireGroup(h5, id, path);
        const prefix = path.endsWith('/') ? path : `${path}/`;
        return h5.get_names(id, path, true).map((name): H5Entry => {
          const full = prefix + name;
          return { path: full, kind: kindAt(h5, id, full) ?? 'unknown' };
        });
      }),

    names: (group) =>
      handle.run('list the group', { dataset: group }, (h5, id) => {
        requireGroup(h5, id, group);
        return h5.get_names(id, group, false);
      }),

    objectAddress: (path) => {
      const place = { file: handle.path, dataset: path };
      return handle.run('look up an object', { dataset: path }, (h5, id) => {
        if (!isObject(kindAt(h5, id, path))) {
          throw new NotFoundError('Expected an object, found none', { place });
        }
        if (leavesFile(h5, id, path)) {
          throw new UnsupportedByLibraryError('the address of an object in another file', {
            place,
          });
        }
        const reference = Uint8Array.from(h5.create_object_reference(id, path));
        return new DataView(reference.buffer).getBigUint64(0, true);
      });
    },
  };
}
