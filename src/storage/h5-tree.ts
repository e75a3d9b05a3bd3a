import { NotFoundError } from '../errors.js';
import type { H5Handle } from './h5-handle.js';
import type { H5Library } from './h5-io.js';

export type H5Kind = 'group' | 'dataset' | 'datatype' | 'soft link' | 'external link' | 'unknown';

export interface H5Entry {
  /** Absolute path in the file. */
  readonly path: string;
  /** Links that lead somewhere count as what they lead to; `soft link` leads nowhere. */
  readonly kind: H5Kind;
}

export interface H5Tree {
  /** What lies at `path`; `undefined` for nothing. */
  kindOf(path: string): H5Kind | undefined;
  createGroup(path: string): void;
  /** Everything below the group `path` (default `/`), in alphabetical order. */
  tree(path?: string): H5Entry[];
}

export function treeCalls(handle: H5Handle): H5Tree {
  return {
    kindOf: (path) =>
      handle.run('look up a path', { dataset: path }, (h5, id) => kindAt(h5, id, path)),

    createGroup: (path) => {
      handle.runWriting('create the group', { dataset: path }, (h5, id) =>
        h5.create_group(id, path, false),
      );
    },

    tree: (path = '/') =>
      handle.run('list the file', { dataset: path }, (h5, id) => {
        if (kindAt(h5, id, path) !== 'group') {
          throw new NotFoundError('Expected a group, found none', {
            place: { file: handle.path, dataset: path },
          });
        }
        const prefix = path.endsWith('/') ? path : `${path}/`;
        return h5.get_names(id, path, true).map((name): H5Entry => {
          const full = prefix + name;
          return { path: full, kind: kindAt(h5, id, full) ?? 'unknown' };
        });
      }),
  };
}

function kindAt(library: H5Library, fileId: bigint, path: string): H5Kind | undefined {
  const type = library.get_type(fileId, path);
  if (type < 0) return undefined;
  switch (type) {
    case library.H5G_GROUP:
      return 'group';
    case library.H5G_DATASET:
      return 'dataset';
    case library.H5G_TYPE:
      return 'datatype';
    case library.H5G_LINK:
      return 'soft link';
    case library.H5G_UDLINK:
      return 'external link';
    default:
      return 'unknown';
  }
}
