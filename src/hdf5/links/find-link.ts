import { UNDEFINED } from '../../chunking/format/cursor.js';
import { parseLink, parseLinkInfo, type Link } from '../../chunking/format/link.js';
import { MessageType } from '../../chunking/format/object-header.js';
import { UnsupportedByLibraryError } from '../../errors.js';
import { findInDenseGroup } from './dense-group.js';
import {
  findPlacedMessage,
  readPlacedHeader,
  removeMessage,
  type PlacedHeader,
} from './header-messages.js';
import type { Structures } from './structures.js';
import { findInSymbolTable } from './symbol-table-group.js';

/** A link, and how it is taken out of its group. */
export interface FoundLink {
  readonly link: Link;
  /** The object that it leads to keeps its count of links. */
  remove(): void;
}

/** A path followed as far as it leads. */
export interface FollowedPath {
  /** What the path names; `undefined` for nothing. */
  readonly found: FoundLink | undefined;
  /** Absolute offsets of the headers of the groups on the way, soft links followed. */
  readonly passed: readonly number[];
}

/** HDF5's default limit for soft links on the way to an object. */
const MAX_SOFT_LINKS = 16;

/**
 * Looks for the link that a path names. Soft links before the last name are followed.
 *
 * @param path absolute, not `/`
 * @throws UnsupportedByLibraryError when the path leads into another file
 */
export function followPath(file: Structures, path: string): FollowedPath {
  const passed: number[] = [];
  let softLinks = 0;

  /** The object that `names` lead to from the group at `start`. */
  function objectAt(start: number, names: readonly string[]): number | undefined {
    let at: number | undefined = start;
    for (const name of names) {
      passed.push(at);
      const link: Link | undefined = findInGroup(file, at, name)?.link;
      at = link === undefined ? undefined : targetOf(link, at, name);
      if (at === undefined) return undefined;
    }
    return at;
  }

  function targetOf(link: Link, group: number, name: string): number | undefined {
    if (link.kind === 'hard') return link.offset;
    if (link.kind === 'soft') {
      if (++softLinks > MAX_SOFT_LINKS) return undefined;
      return objectAt(link.target.startsWith('/') ? file.root : group, namesOf(link.target));
    }
    throw new UnsupportedByLibraryError(
      `changing links of another file, which the ${link.kind} link '${name}' leads to`,
      { place: { dataset: path }, advice: 'Open that file' },
    );
  }

  const names = namesOf(path);
  const last = names.pop()!;
  const group = objectAt(file.root, names);
  if (group === undefined) return { found: undefined, passed };
  passed.push(group);
  return { found: findInGroup(file, group, last), passed };
}

/** Empty names and `.` mean nothing; `..` is a name as any other. */
export function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function findInGroup(file: Structures, offset: number, name: string): FoundLink | undefined {
  const header = readPlacedHeader(file, offset);
  const symbolTable = findPlacedMessage(header, MessageType.symbolTable);
  if (symbolTable !== undefined) return findInSymbolTable(file, symbolTable.body, name);
  const linkInfo = findPlacedMessage(header, MessageType.linkInfo);
  if (linkInfo !== undefined) {
    const { heap } = parseLinkInfo(linkInfo.body.renamed('link info message'));
    if (heap !== UNDEFINED) return findInDenseGroup(file, linkInfo, name);
  }
  return findInHeader(file, header, name);
}

/** The links of a "compact" group are messages of its header. */
function findInHeader(file: Structures, header: PlacedHeader, name: string): FoundLink | undefined {
  for (const message of header.messages) {
    if (message.type !== MessageType.link) continue;
    const parsed = parseLink(message.body.renamed('link message'));
    if (parsed.name !== name) continue;
    return {
      link: parsed.link,
      remove: () => {
        removeMessage(file, message);
      },
    };
  }
  return undefined;
}
