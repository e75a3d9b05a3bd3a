import { NotFoundError, UnsupportedLayoutError } from '../errors.js';
import { UNDEFINED } from './format/cursor.js';
import { findDenseLink, readDenseLinks } from './format/dense-links.js';
import type { Hdf5File } from './format/hdf5-file.js';
import { parseLink, parseLinkInfo, type Link } from './format/link.js';
import { findMessage, MessageType, readObjectHeader } from './format/object-header.js';
import { readSymbolTable } from './format/symbol-table.js';

const MAX_SOFT_LINKS = 32;
const MAX_NAMES_LISTED = 20;

/**
 * Follows a path from the root group to an object header, through hard and soft links.
 * A path is relative to the root whether or not it starts with `/`.
 *
 * @returns the absolute file offset of the object header
 * @throws NotFoundError when a name of the path isn't there, listing what is.
 */
export async function resolvePath(file: Hdf5File, path: string): Promise<number> {
  let names = splitPath(path);
  let at = file.root;
  let softLinks = 0;
  let walked: string[] = [];
  while (names.length > 0) {
    const [name, ...rest] = names as [string, ...string[]];
    const group = await openGroup(file, at);
    if (group === null) {
      throw new NotFoundError(`${pathOf(walked)} is a dataset, not a group`, {
        place: { file: file.name, dataset: path },
      });
    }
    const link = await group.find(name);
    if (link === undefined) {
      throw notThere(file, path, name, walked, [...(await group.links()).keys()]);
    }
    switch (link.kind) {
      case 'hard':
        at = link.offset;
        walked = [...walked, name];
        names = rest;
        break;
      case 'soft':
        softLinks += 1;
        if (softLinks > MAX_SOFT_LINKS) {
          throw new NotFoundError(`The soft links lead on and on, ${link.target} at last`, {
            place: { file: file.name, dataset: path },
          });
        }
        if (link.target.startsWith('/')) {
          at = file.root;
          walked = [];
        }
        names = [...splitPath(link.target), ...rest];
        break;
      default:
        throw new UnsupportedLayoutError(`${link.kind} links`, {
          place: { file: file.name, dataset: path },
        });
    }
  }
  return at;
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
