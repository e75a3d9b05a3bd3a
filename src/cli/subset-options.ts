import { InvalidArgumentError, type Command } from 'commander';
import type { LoaderOptions } from '../loader/options.js';
import type { WhereValue } from '../loader/subset.js';
import { parseCountOrZero, parseParts } from './parse-options.js';

/** Which images, as given on the command line. */
export interface SubsetCommandOptions {
  readonly where?: Record<string, WhereValue[]>;
  readonly images?: number[];
  readonly split?: string;
  readonly parts?: Record<string, number>;
  readonly splitBy?: string;
  readonly splitSeed?: number;
}

const PARTS = { train: 0.8, validation: 0.2 };

export function addSubsetOptions(command: Command): Command {
  return command
    .option(
      '--where <column=values>',
      'only images with one of these values in a column: split=train, label=0,3, year="2021"; may be repeated',
      parseWhere,
    )
    .option('--images <list>', 'only these images: 0-99,200', parseImages)
    .option('--split <name>', 'only this part of a division by a hash of the ids')
    .option(
      '--parts <name=share,…>',
      'the parts of --split (default: train=0.8,validation=0.2)',
      parseParts,
    )
    .option('--split-by <column>', 'the column whose hash divides (default: id)')
    .option('--split-seed <n>', 'another seed is another division (default: 0)', parseCountOrZero);
}

/** The same as options of a loader. */
export function subsetOptions(
  options: SubsetCommandOptions,
): Pick<LoaderOptions, 'where' | 'images' | 'split'> {
  const { where, images, split } = options;
  return {
    ...(where === undefined ? {} : { where }),
    ...(images === undefined ? {} : { images }),
    ...(split === undefined ? {} : { split: splitOf(split, options) }),
  };
}

function splitOf(name: string, options: SubsetCommandOptions): NonNullable<LoaderOptions['split']> {
  const { parts = PARTS, splitBy, splitSeed } = options;
  return {
    name,
    parts,
    ...(splitBy === undefined ? {} : { by: splitBy }),
    ...(splitSeed === undefined ? {} : { seed: splitSeed }),
  };
}

/** One `column=value,value` of several. What looks like a number is one, but for `"…"`. */
function parseWhere(
  text: string,
  before: Readonly<Record<string, WhereValue[]>> = {},
): Record<string, WhereValue[]> {
  const match = /^([^=]+)=(.*)$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError('Expected COLUMN=VALUES, for example split=train or label=0,3.');
  }
  return { ...before, [match[1]!]: match[2]!.split(',').map(parseValue) };
}

function parseValue(text: string): WhereValue {
  if (/^".*"$/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^[+-]?\d+$/.test(text) && !Number.isSafeInteger(Number(text))) return BigInt(text);
  return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

function parseImages(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? first);
    if (match === null || last < first || last >= 2 ** 32) {
      throw new InvalidArgumentError('Expected image numbers and ranges, for example 0-99,200.');
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
