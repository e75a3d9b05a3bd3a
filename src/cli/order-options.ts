import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { InvalidOptionError, NotFoundError } from '../errors.js';
import type { LoaderOptions } from '../loader/options.js';
import type { OrderOptions } from '../loader/order-options.js';
import type { Uneven } from '../loader/ranks.js';
import type { LoaderState } from '../loader/state.js';
import type { WhereValue } from '../loader/subset.js';
import { parseCount, parseCountOrZero, parseInteger, parseParts } from './parse-options.js';

/** Which images come in which order, as given on the command line. */
export interface OrderCommandOptions {
  readonly shuffle?: true;
  readonly window?: number;
  readonly seed?: number;
  readonly where?: Record<string, WhereValue[]>;
  readonly images?: number[];
  readonly split?: string;
  readonly parts?: Record<string, number>;
  readonly splitBy?: string;
  readonly splitSeed?: number;
  readonly balance?: string;
  readonly weights?: string;
  readonly replacement: boolean;
  readonly epochLength?: number;
  readonly rank?: { rank: number; ranks: number };
  readonly uneven?: Uneven;
  readonly state?: string;
  readonly follow?: true;
}

const PARTS = { train: 0.8, validation: 0.2 };

export function addOrderOptions(command: Command): Command {
  return command
    .option('--shuffle', 'a new random order each epoch')
    .addOption(
      new Option('--window <n>', 'shuffle only within a window of n images, for slow disks')
        .argParser(parseCount)
        .conflicts('shuffle'),
    )
    .option('--seed <n>', 'seed of the order (default: 0)', parseInteger)
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
    .option('--split-seed <n>', 'another seed is another division (default: 0)', parseCountOrZero)
    .addOption(
      new Option('--balance <column>', 'every class of the column equally often').conflicts([
        'weights',
        'window',
      ]),
    )
    .addOption(
      new Option('--weights <column>', 'images as often as their weights say').conflicts('window'),
    )
    .option('--no-replacement', 'with --weights: no image twice in an epoch')
    .option('--epoch-length <n>', 'images in an epoch of --balance or --weights', parseCount)
    .option('--rank <r/n>', 'the part of process r of n, from 0/n', parseRank)
    .addOption(
      new Option(
        '--uneven <how>',
        'where the processes don’t divide an epoch (default: pad)',
      ).choices(['pad', 'drop']),
    )
    .option('--state <file>', 'go on from what --save-state wrote')
    .option('--follow', 'each epoch takes in what was appended to the file by then');
}

/** The same as options of a loader. */
export async function orderOptions(options: OrderCommandOptions): Promise<OrderOptions> {
  const { window, seed, where, images, split, balance, weights, rank, uneven, state } = options;
  const length = options.epochLength === undefined ? {} : { length: options.epochLength };
  return {
    ...(options.shuffle === true ? { shuffle: 'full' } : {}),
    ...(window === undefined ? {} : { shuffle: { window } }),
    ...(seed === undefined ? {} : { seed }),
    ...(where === undefined ? {} : { where }),
    ...(images === undefined ? {} : { images }),
    ...(split === undefined ? {} : { split: splitOf(split, options) }),
    ...(balance === undefined ? {} : { sampling: { balance, ...length } }),
    ...(weights === undefined
      ? {}
      : { sampling: { weights, replacement: options.replacement, ...length } }),
    ...rank,
    ...(uneven === undefined ? {} : { uneven }),
    ...(state === undefined ? {} : { state: await readState(state) }),
    ...(options.follow === true ? { follow: true } : {}),
  };
}

function splitOf(name: string, options: OrderCommandOptions): NonNullable<LoaderOptions['split']> {
  const { parts = PARTS, splitBy, splitSeed } = options;
  return {
    name,
    parts,
    ...(splitBy === undefined ? {} : { by: splitBy }),
    ...(splitSeed === undefined ? {} : { seed: splitSeed }),
  };
}

async function readState(file: string): Promise<LoaderState> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new NotFoundError(`The state can't be read: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
  try {
    // Opening the loader checks what it holds.
    return JSON.parse(text) as LoaderState;
  } catch (cause) {
    throw new InvalidOptionError(`Expected a state as JSON: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
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

function parseRank(text: string): { rank: number; ranks: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected RANK/RANKS, for example 0/4.');
  return { rank: Number(match[1]), ranks: Number(match[2]) };
}
