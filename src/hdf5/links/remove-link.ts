import type { Link } from '../../chunking/format/link.js';
import {
  CorruptFileError,
  InvalidOptionError,
  StorageError,
  UnsupportedByLibraryError,
} from '../../errors.js';
import type { FileStructures, H5File } from '../../storage/h5.js';
import { notFound } from '../object-path.js';
import { followPath, namesOf } from './find-link.js';
import { countLinkLess } from './link-count.js';
import { structuresOf } from './structures.js';

/**
 * Takes a name out of its group, which h5wasm can't: while the file is closed for a moment, its
 * structures are changed. All or nothing.
 *
 * The bytes of an object without a name stay in the file, unused; `h5repack` makes a copy without
 * them. Objects that only a removed group had a second name for keep a count of links that is one
 * too high, so that HDF5 will not use their bytes again either.
 *
 * @param path absolute
 * @throws NotFoundError when there is no such name: the message says what there is
 * @throws InvalidOptionError for the root group, or when the file is open for reading
 * @throws UnsupportedByLibraryError for a path that leads into another file, and for links of more
 *   than 4 KiB in a group of many
 * @throws StorageError, CorruptFileError when the file can't be read or written
 * @example removeLink(file, '/group/dataset');
 */
export function removeLink(file: H5File, path: string): void {
  const action = 'remove the link';
  refuseRoot(file, action, path);
  const found = file.readStructures(action, path, (source) => linkAt(source, path));
  if (found === undefined) throw notFound(file, path);
  file.editStructures(action, path, () => undefined, removal(path));
}

/**
 * Gives a link another path: a link to the same object, or with the same target, is made there, and
 * the old one removed. All or nothing. The groups before the new name are made if need be.
 *
 * @param source absolute
 * @param destination absolute; nothing may be there
 * @throws as {@link removeLink}; also StorageError when the new name is taken, and
 *   InvalidOptionError for moving a group into itself
 * @example moveLink(file, '/draft', '/published/2024');
 */
export function moveLink(file: H5File, source: string, destination: string): void {
  const action = 'move the link';
  refuseRoot(file, action, source);
  refuseRoot(file, action, destination);
  const place = { file: file.path, dataset: source };
  const link = file.readStructures(action, source, (structures) => {
    const moved = linkAt(structures, source);
    const target = followPath(structuresOf(structures), destination);
    if (target.found !== undefined) {
      throw new StorageError(`Could not move the link: there is something at ${destination}`, {
        place,
      });
    }
    if (moved?.kind === 'hard' && target.passed.includes(moved.offset)) {
      throw new InvalidOptionError(
        `Could not move the group to ${destination}, which is inside of it`,
        { place },
      );
    }
    return moved;
  });
  if (link === undefined) throw notFound(file, source);
  file.editStructures(
    action,
    source,
    () => {
      makeGroupsBefore(file, destination);
      makeLink(file, link, source, destination);
    },
    removal(source),
  );
}

function linkAt(source: FileStructures, path: string): Link | undefined {
  return followPath(structuresOf(source), path).found?.link;
}

function removal(path: string): (source: FileStructures) => void {
  return (source) => {
    const structures = structuresOf(source);
    const { found } = followPath(structures, path);
    if (found === undefined) {
      throw new CorruptFileError('Expected the link that HDF5 has', {
        place: { file: source.file, dataset: path },
      });
    }
    found.remove();
    if (found.link.kind === 'hard') countLinkLess(structures, found.link.offset);
  };
}

function makeGroupsBefore(file: H5File, path: string): void {
  const names = namesOf(path);
  for (let count = 1; count < names.length; count++) {
    const group = `/${names.slice(0, count).join('/')}`;
    if (file.kindOf(group) === undefined) file.createGroup(group);
  }
}

function makeLink(file: H5File, link: Link, source: string, destination: string): void {
  switch (link.kind) {
    case 'hard':
      file.createHardLink(destination, source);
      break;
    case 'soft':
      file.createSoftLink(destination, link.target);
      break;
    case 'external':
      file.createExternalLink(destination, link.file, link.path);
      break;
    case 'user-defined':
      throw new UnsupportedByLibraryError(`moving a user-defined link (type ${link.type})`, {
        place: { file: file.path, dataset: source },
      });
  }
}

function refuseRoot(file: H5File, action: string, path: string): void {
  if (namesOf(path).length > 0) return;
  throw new InvalidOptionError(`Could not ${action}: expected the path of a link, got the root`, {
    place: { file: file.path, dataset: path },
  });
}
