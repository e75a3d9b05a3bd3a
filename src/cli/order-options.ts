import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { InvalidOptionError, NotFoundError } from '../errors.js';
import type { OrderOptions } from '../loader/order-options.js';
import type { Uneven } from '../loader/ranks.js';
import type { LoaderState } from '../loader/state.js';
import { parseCount, parseInteger } from './parse-options.js';
import { addSubsetOptions, subsetOptions, type SubsetCommandOptions } from './subset-options.js';

/** Which images come in which order, as given on the command line. */
export interface OrderCommandOptions extends SubsetCommandOptions {
  readonly shuffle?: true;
  readonly window?: number;
  readonly seed?: number;
  readonly balance?: string;
  readonly weights?: string;
  readonly replacement: boolean;
  readonly epochLength?: number;
  readonly rank?: { rank: number; ranks: number };
  readonly uneven?: Uneven;
  readonly state?: string;
  readonly follow?: true;
}

export function addOrderOptions(command: Command): Command {
  command
    .option('--shuffle', 'a new random order each epoch')
    .addOption(
      new Option('--window <n>', 'shuffle only within a window of n images, for slow disks')
        .argParser(parseCount)
        .conflicts('shuffle'),
    )
    .option('--seed <n>', 'seed of the order (default: 0)', parseInteger);
  return addSubsetOptions(command)
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
  const { window, seed, balance, weights, rank, uneven, state } = options;
  const length = options.epochLength === undefined ? {} : { length: options.epochLength };
  return {
    ...(options.shuffle === true ? { shuffle: 'full' } : {}),
    ...(window === undefined ? {} : { shuffle: { window } }),
    ...(seed === undefined ? {} : { seed }),
    ...subsetOptions(options),
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

function parseRank(text: string): { rank: number; ranks: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected RANK/RANKS, for example 0/4.');
  return { rank: Number(match[1]), ranks: Number(match[2]) };
}
