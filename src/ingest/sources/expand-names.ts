import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { InvalidOptionError, NotFoundError } from '../../errors.js';

const mostNames = 100_000;

/**
 * The files that a name stands for: one with braces for several, one with `*` or `?` in its last
 * part for those that are there, in order of code units. Shells do the same for names without
 * quotes.
 *
 * @throws NotFoundError when a pattern fits nothing
 */
export async function expandNames(name: string): Promise<string[]> {
  const names: string[] = [];
  for (const one of expandBraces(name)) names.push(...(await expandStars(one)));
  return names;
}

async function expandStars(name: string): Promise<string[]> {
  const [folder, last] = [path.dirname(name), path.basename(name)];
  if (!/[*?]/.test(last)) return [name];
  const escaped = last.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  const fitting = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
  // A folder that isn't there holds nothing.
  const found = await readdir(folder).catch(() => []);
  const names = found.filter((entry) => !entry.startsWith('.') && fitting.test(entry)).sort();
  if (names.length > 0) return names.map((entry) => path.join(folder, entry));
  throw new NotFoundError(`Expected files called ${last}, found none`, { place: { file: folder } });
}

/**
 * The names that a pattern with braces stands for, as WebDataset and bash have it: `{000..012}`
 * counts, with as many digits; `{train,val}` lists. Braces that are neither stay as they are.
 *
 * @throws InvalidOptionError for more than 100,000 names
 * @example
 * expandBraces('{a,b}-{08..10}.tar'); // ['a-08.tar', 'a-09.tar', 'a-10.tar', 'b-08.tar', …]
 */
export function expandBraces(pattern: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const [, before, inside, after] = match as unknown as [string, string, string, string];
  const choices = choicesOf(inside) ?? [`{${inside}}`];
  const rests = expandBraces(after);
  if (choices.length * rests.length > mostNames) {
    throw new InvalidOptionError(`Expected at most ${mostNames} names, '${pattern}' has more`);
  }
  return choices.flatMap((choice) => rests.map((rest) => before + choice + rest));
}

function choicesOf(inside: string): string[] | undefined {
  const range = /^(\d+)\.\.(\d+)$/.exec(inside);
  if (range === null) return inside.includes(',') ? inside.split(',') : undefined;
  const [first, last] = [range[1]!, range[2]!];
  const [from, to] = [Number(first), Number(last)];
  const count = Math.abs(to - from) + 1;
  if (!(count <= mostNames)) {
    throw new InvalidOptionError(`Expected at most ${mostNames} names, {${inside}} has more`);
  }
  const digits =
    first.startsWith('0') || last.startsWith('0') ? Math.max(first.length, last.length) : 0;
  const step = to < from ? -1 : 1;
  return Array.from({ length: count }, (_, i) => String(from + i * step).padStart(digits, '0'));
}
