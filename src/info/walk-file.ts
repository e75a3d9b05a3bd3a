import { readGroup } from '../chunking/group.js';
import { openHdf5File, type Hdf5File } from '../chunking/format/hdf5-file.js';
import type { Link } from '../chunking/format/link.js';
import { UnsupportedLayoutError } from '../errors.js';
import type { ByteSource } from '../storage/byte-source.js';
import type { H5File, H5Kind } from '../storage/h5.js';
import { messageOf } from './message-of.js';

/** Something that a path leads to. */
export interface FoundObject {
  readonly path: string;
  readonly kind: H5Kind | 'hard link';
  /** Of a link. */
  readonly target?: string;
  /** Where the fast lane finds the object, or the HDF5 feature because of which it can't. */
  readonly at: ObjectAddress | { readonly feature: string };
  /** Why it can't be told what this is. */
  readonly error?: string;
}

export interface ObjectAddress {
  readonly hdf5: Hdf5File;
  /** Absolute file offset of the object header. */
  readonly offset: number;
}

/**
 * Lists all that a file holds, the root group first, each object once: where hard links lead to it
 * again they are listed as links. Soft and external links aren't followed. Groups that the fast lane
 * doesn't read are listed by h5wasm, which doesn't tell links from what they lead to.
 *
 * @returns the walk, once the file has been recognised as HDF5
 * @throws CorruptFileError when it isn't HDF5
 */
export async function walkFile(
  source: ByteSource,
): Promise<(h5: H5File) => AsyncGenerator<FoundObject, void, void>> {
  try {
    const hdf5 = await openHdf5File(source);
    return (h5) => walk(hdf5, h5);
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError)) throw error;
    const at = { feature: error.feature };
    return async function* (h5) {
      yield await Promise.resolve({ path: '/', kind: 'group', at });
      yield* listedByH5wasm(h5, '/', error.feature);
    };
  }
}

async function* walk(hdf5: Hdf5File, h5: H5File): AsyncGenerator<FoundObject, void, void> {
  const firstPaths = new Map<number, string>();
  // A stack rather than recursion: groups may nest thousands deep.
  const stack: { path: string; link: Link }[] = [
    { path: '/', link: { kind: 'hard', offset: hdf5.root } },
  ];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { path, link } = next;
    if (link.kind !== 'hard') {
      yield { path, ...describeLink(link), at: { feature: `${link.kind} links` } };
      continue;
    }
    const at = { hdf5, offset: link.offset };
    const firstPath = firstPaths.get(link.offset);
    if (firstPath !== undefined) {
      yield { path, kind: 'hard link', target: firstPath, at };
      continue;
    }
    firstPaths.set(link.offset, path);
    try {
      const links = await readGroup(hdf5, link.offset);
      yield { path, kind: links === null ? (h5.kindOf(path) ?? 'unknown') : 'group', at };
      const members = [...(links ?? [])].sort(([a], [b]) => (a < b ? 1 : -1));
      for (const [name, member] of members) stack.push({ path: join(path, name), link: member });
    } catch (error) {
      if (!(error instanceof UnsupportedLayoutError)) {
        // Without its root a file is no more than damaged.
        if (path === '/') throw error;
        yield { path, kind: 'unknown', at, error: messageOf(error) };
        continue;
      }
      const kind = h5.kindOf(path) ?? 'unknown';
      yield { path, kind, at: { feature: error.feature } };
      if (kind === 'group') yield* listedByH5wasm(h5, path, error.feature);
    }
  }
}

function* listedByH5wasm(h5: H5File, group: string, feature: string): Generator<FoundObject> {
  for (const { path, kind } of h5.tree(group)) yield { path, kind, at: { feature } };
}

function describeLink(link: Exclude<Link, { kind: 'hard' }>): Pick<FoundObject, 'kind' | 'target'> {
  switch (link.kind) {
    case 'soft':
      return { kind: 'soft link', target: link.target };
    case 'external':
      return { kind: 'external link', target: `${link.file}:${link.path}` };
    case 'user-defined':
      return { kind: 'unknown' };
  }
}

function join(group: string, name: string): string {
  return group === '/' ? `/${name}` : `${group}/${name}`;
}
