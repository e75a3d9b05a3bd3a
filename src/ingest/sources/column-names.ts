import { InvalidOptionError, NotFoundError } from '../../errors.js';

/** What columns are usually called, the likeliest first. */
export const imageNames: readonly string[] = [
  'image',
  'path',
  'file',
  'file_name',
  'filename',
  'filepath',
  'file_path',
  'image_path',
  'img',
  'img_path',
];
export const labelNames: readonly string[] = ['label', 'class', 'cls', 'class_name', 'labels'];

/**
 * The column for a purpose: the one asked for, or the first of the usual names that is there;
 * `undefined` when there is none of these, or none is wanted.
 *
 * @throws NotFoundError when the one asked for isn't there
 */
export function chooseColumn(
  asked: string | false | undefined,
  usual: readonly string[],
  present: readonly string[],
  file: string,
): string | undefined {
  if (asked === false) return undefined;
  if (asked === undefined) {
    const lower = present.map((name) => name.toLowerCase());
    const found = usual.find((name) => lower.includes(name));
    return found === undefined ? undefined : present[lower.indexOf(found)];
  }
  requireColumn(asked, present, file);
  return asked;
}

/** @throws NotFoundError */
export function requireColumn(name: string, present: readonly string[], file: string): void {
  if (present.includes(name)) return;
  throw new NotFoundError(`There is no column '${name}'`, {
    place: { file },
    advice: `It has ${listNames(present)}`,
  });
}

/** @throws InvalidOptionError saying that the image isn't found */
export function noImageColumn(present: readonly string[], file: string): InvalidOptionError {
  return new InvalidOptionError('Expected a column that says where the images are', {
    place: { file },
    advice: `Name it with the option imageColumn (--image-column): the file has ${listNames(present)}`,
  });
}

function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 20).map((name) => `'${name}'`);
  return shown.join(', ') + (names.length > shown.length ? `, and ${names.length - 20} more` : '');
}
