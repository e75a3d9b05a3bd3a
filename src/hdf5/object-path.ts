import { InvalidOptionError, NotFoundError } from '../errors.js';
import type { H5File } from '../storage/h5.js';
import { describeValue } from './describe-value.js';

const MAX_NAMES_LISTED = 20;

/**
 * The absolute path of `name` as seen from the group at `base`; a name that starts with `/` is
 * absolute already. As in HDF5, repeated slashes and `.` mean nothing, and `..` is a plain name.
 *
 * @throws InvalidOptionError when it isn't text, is empty, or contains NUL
 */
export function objectPath(base: string, name: unknown): string {
  if (typeof name !== 'string') {
    throw new InvalidOptionError(
      `Expected the name of an object as text, got ${describeValue(name)}`,
      { place: { dataset: base } },
    );
  }
  if (name === '' || name.includes('\0')) {
    throw new InvalidOptionError(
      `Expected the name of an object, got ${name === '' ? 'empty text' : JSON.stringify(name)}`,
      { place: { dataset: base } },
    );
  }
  const parts = [...(name.startsWith('/') ? [] : namesOf(base)), ...namesOf(name)];
  return `/${parts.join('/')}`;
}

/** `/a` of `/a/b`; `/` of `/a` and of `/`. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** An object isn't there: says which is the nearest of its parents that is, and what that holds. */
export function notFound(h5: H5File, path: string): NotFoundError {
  let parent = parentPath(path);
  while (parent !== '/' && h5.kindOf(parent) === undefined) parent = parentPath(parent);
  const kind = h5.kindOf(parent);
  const link = h5.linkOf(path);
  const place = { file: h5.path, dataset: path };
  if (link !== undefined && link.kind !== 'hard') {
    const target = link.kind === 'soft' ? link.target : `${link.target} in ${link.file}`;
    return new NotFoundError(`The ${link.kind} link leads nowhere: to ${target}`, { place });
  }
  if (kind !== 'group') {
    return new NotFoundError(`There is no such object: ${parent} is a ${kind ?? 'link'}`, {
      place,
    });
  }
  return new NotFoundError('There is no such object', { place, advice: contents(h5, parent) });
}

function contents(h5: H5File, group: string): string {
  const names = h5.names(group);
  const what = `The nearest group that is there, ${group}, `;
  if (names.length === 0) return `${what}is empty`;
  const more = names.length > MAX_NAMES_LISTED ? `, … (${names.length} in all)` : '';
  return `${what}has: ${names.slice(0, MAX_NAMES_LISTED).join(', ')}${more}`;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
