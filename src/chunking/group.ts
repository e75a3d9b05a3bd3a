import { NotFoundError, UnsupportedLayoutError } from '../errors.js';
import { UNDEFINED } from './format/cursor.js';
import { findDenseLink, readDenseLinks } from './format/dense-links.js';
import type { Hdf5File } from './format/hdf5-file.js';
import { parseLink, parseLinkInfo, type Link } from './format/link.js';
import { findMessage, MessageType, readObjectHeader } from './format/object-header.js';
import { readSymbolTable } from './format/symbol-table.js';

const MAX_SOFT_LINKS = 32;
/** Of all the soft links that a path leads through; it bounds how often groups are searched. */
const MAX_LINKED_NAMES = 4096;
const MAX_TARGET_SHOWN = 200;
const MAX_NAMES_LISTED = 20;

/**
 * Follows a path from the root group to an object header, through hard and soft links.
 * A path is relative to the root whether or not it starts with `/`.
 *
 * @returns the absolute file offset of the object header
 * @throws NotFoundError when a name of the path isn't there, listing what is.
 */
export async function resolvePath(file: Hdf5File, path: string): Promise<number> {
  const place = { file: file.name, dataset: path };
  // What is still to be followed, the next name last.
  const names = splitPath(path).reverse();
  const groupAt = groupCache(file);
  let at = file.root;
  let softLinks = 0;
  let linkedNames = 0;
  let walked: string[] = [];
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const group = await groupAt(at);
    if (group === null) {
      throw new NotFoundError(`${pathOf(walked)} is a dataset, not a group`, { place });
    }
    const link = await group.find(name);
    if (link === undefined) {
      throw notThere(file, path, name, walked, [...(await group.links()).keys()]);
    }
    switch (link.kind) {
      case 'hard':
        at = link.offset;
        walked.push(name);
        break;
      case 'soft': {
        const target = splitPath(link.target);
        softLinks += 1;
        linkedNames += target.length;
        if (softLinks > MAX_SOFT_LINKS || linkedNames > MAX_LINKED_NAMES) {
          const end = link.target.slice(-MAX_TARGET_SHOWN);
          throw new NotFoundError(`The soft links lead on and on, ${end} at last`, { place });
        }
        if (link.target.startsWith('/')) {
          at = file.root;
          walked = [];
        }
        for (let i = target.length - 1; i >= 0; i--) names.push(target[i]!);
        break;
      }
      default:
        throw new UnsupportedLayoutError(`${link.kind} links`, { place });
    }
  }
  return at;
}

/** Opens each group once, as a path may lead through one again and again. */
function groupCache(file: Hdf5File): (offset: number) => Promise<Group | null> {
  const groups = new Map<number, Promise<Group | null>>();
  return (offset) => {
    let group = groups.get(offset);
    if (group === undefined) groups.set(offset, (group = openGroup(file, offset)));
    return group;
  };
}

/**
 * The links of a group by name, or `null` when the object isn't a group.
 *
 * @param offset absolute file offset of the group's object header
 */
export async function readGroup(file: Hdf5File, offset: number): Promise<Map<string, Link> | null> {
  const group = await openGroup(file, offset);
  return group === null ? null : group.links();
}

interface Group {
  readonly find: (name: string) => Promise<Link | undefined>;
  readonly links: () => Promise<Map<string, Link>>;
}

async function openGroup(file: Hdf5File, offset: number): Promise<Group | null> {
  const header = await readObjectHeader(file, offset);
  const symbolTable = findMessage(header, MessageType.symbolTable);
  if (symbolTable !== undefined) {
    return groupOf(await readSymbolTable(file, symbolTable.body('symbol table message')));
  }
  const linkInfo = findMessage(header, MessageType.linkInfo);
  const linkMessages = header.messages.filter(({ type }) => type === MessageType.link);
  if (linkInfo === undefined && linkMessages.length === 0) return null;
  const info = linkInfo === undefined ? null : parseLinkInfo(linkInfo.body('link info message'));
  if (info !== null && info.heap !== UNDEFINED) {
    return {
      find: (name) => findDenseLink(file, info, name),
      links: () => readDenseLinks(file, info),
    };
  }
  const links = new Map<string, Link>();
  for (const message of linkMessages) {
    const { name, link } = parseLink(message.body('link message'));
    links.set(name, link);
  }
  return groupOf(links);
}

function groupOf(links: Map<string, Link>): Group {
  return {
    find: (name) => Promise.resolve(links.get(name)),
    links: () => Promise.resolve(links),
  };
}

function splitPath(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function pathOf(names: readonly string[]): string {
  return `/${names.join('/')}`;
}

function notThere(
  file: Hdf5File,
  path: string,
  name: string,
  walked: readonly string[],
  there: readonly string[],
): NotFoundError {
  const listed = there.slice(0, MAX_NAMES_LISTED).join(', ');
  const more = there.length > MAX_NAMES_LISTED ? `, … (${there.length} in all)` : '';
  return new NotFoundError(`There is no ${name} in ${pathOf(walked)}`, {
    place: { file: file.name, dataset: path },
    advice: there.length === 0 ? 'The group is empty' : `There are: ${listed}${more}`,
  });
}
