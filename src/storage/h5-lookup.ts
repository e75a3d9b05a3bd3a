import { StorageError } from '../errors.js';
import type { H5Library } from './h5-io.js';
import { captureErrorStack, innermostMessage } from './h5-io.js';

export type H5Kind = 'group' | 'dataset' | 'datatype' | 'soft link' | 'external link' | 'unknown';

/** A name in a group: `hard` is one for an object itself. */
export type H5Link =
  | { readonly kind: 'hard' }
  /** `target` is a path, absolute or seen from the group that holds the link. */
  | { readonly kind: 'soft'; readonly target: string }
  | { readonly kind: 'external'; readonly file: string; readonly target: string };

/**
 * What lies at `path`, links followed; a link that leads nowhere is the link itself. `undefined`
 * for nothing, also below what is no group.
 *
 * @throws StorageError when HDF5 can't read what is on the way
 */
export function kindAt(library: H5Library, fileId: bigint, path: string): H5Kind | undefined {
  // h5wasm answers with whatever was in its memory when HDF5 complains.
  const { result, thrown, errorStack } = captureErrorStack(() => library.get_type(fileId, path));
  if (errorStack === '' && thrown === undefined) return kindOf(library, result!);
  const parent = parentOf(path);
  if (parent !== path) {
    if (kindAt(library, fileId, parent) !== 'group') return undefined;
    if (leadsNowhere(library, fileId, path, parent, errorStack)) return 'soft link';
  }
  throw new StorageError(`Could not look up a path: ${innermostMessage(errorStack)}`, {
    place: { dataset: path },
    cause: thrown ?? new Error(errorStack.trim()),
  });
}

/** What has attributes, and can be referred to. */
export function isObject(kind: H5Kind | undefined): boolean {
  return kind === 'group' || kind === 'dataset' || kind === 'datatype';
}

/** The last link of `path`, not followed; `undefined` for nothing. */
export function linkAt(library: H5Library, fileId: bigint, path: string): H5Link | undefined {
  if (kindAt(library, fileId, path) === undefined) return undefined;
  return existingLink(library, fileId, path);
}

/**
 * Whether an external link lies on the way to the object at `path`, which exists: then it is in
 * another file.
 */
export function leavesFile(library: H5Library, fileId: bigint, path: string): boolean {
  return otherFile(library, fileId, path) !== undefined;
}

/**
 * The other file, as the first external link on the way to `path` names it, in which an object at
 * `path` lies, or would be made; `undefined`: in this one.
 */
export function otherFile(library: H5Library, fileId: bigint, path: string): string | undefined {
  let parent = '/';
  for (const name of path.split('/').filter((part) => part !== '' && part !== '.')) {
    const next = below(parent, name);
    const kind = kindAt(library, fileId, next);
    if (kind === undefined) return undefined;
    const link = existingLink(library, fileId, next);
    if (link.kind === 'external') return link.file;
    if (link.kind === 'soft') {
      if (kind === 'soft link') return undefined;
      const other = otherFile(library, fileId, below(parent, link.target));
      if (other !== undefined) return other;
    }
    parent = next;
  }
  return undefined;
}

function existingLink(library: H5Library, fileId: bigint, path: string): H5Link {
  // The root group has no name, and h5wasm would make one up.
  if (parentOf(path) === path) return { kind: 'hard' };
  const target = library.get_symbolic_link(fileId, path) as string | null;
  if (target !== null) return { kind: 'soft', target };
  const external: { filename?: string; obj_path?: string } = library.get_external_link(
    fileId,
    path,
  );
  if (external.filename === undefined) return { kind: 'hard' };
  return { kind: 'external', file: external.filename, target: external.obj_path ?? '' };
}

/** Whether HDF5 complained because of a soft link: to itself, or to below what is no group. */
function leadsNowhere(
  library: H5Library,
  fileId: bigint,
  path: string,
  parent: string,
  errorStack: string,
): boolean {
  const link = existingLink(library, fileId, path);
  if (link.kind !== 'soft') return false;
  if (/too many (soft )?links/.test(errorStack)) return true;
  return kindAt(library, fileId, below(parent, link.target)) === undefined;
}

function kindOf(library: H5Library, type: number): H5Kind | undefined {
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

/** `/a` of `/a/b`; the root group's parent is itself. */
function parentOf(path: string): string {
  const names = path.split('/').filter((part) => part !== '' && part !== '.');
  if (names.length === 0) return path;
  return `/${names.slice(0, -1).join('/')}`;
}

function below(group: string, path: string): string {
  return path.startsWith('/') ? path : `${group === '/' ? '' : group}/${path}`;
}
