import type { H5Handle } from './h5-handle.js';
import type { H5Link } from './h5-lookup.js';
import { linkAt } from './h5-lookup.js';

/** Links; creating an object makes one. For a new one the name must be free: `StorageError`. */
export interface H5Links {
  /** The last link of `path`, not followed; `undefined` when there is none. */
  linkOf(path: string): H5Link | undefined;
  /** A second name for an object; `target` is its absolute path. */
  createHardLink(path: string, target: string): void;
  /** A name that is looked up when it is used; nothing need be there. */
  createSoftLink(path: string, target: string): void;
  /** As a soft link, in another file, looked up relative to this file's directory. */
  createExternalLink(path: string, file: string, target: string): void;
}

export function linkCalls(handle: H5Handle): H5Links {
  const action = 'create the link';
  return {
    linkOf: (path) =>
      handle.run('look up a link', { dataset: path }, (h5, id) => linkAt(h5, id, path)),
    createHardLink: (path, target) => {
      handle.runChanging(action, path, (h5, id) => h5.create_hard_link(id, target, path));
    },
    createSoftLink: (path, target) => {
      handle.runChanging(action, path, (h5, id) => h5.create_soft_link(id, target, path));
    },
    createExternalLink: (path, file, target) => {
      handle.runChanging(action, path, (h5, id) => h5.create_external_link(id, file, target, path));
    },
  };
}
