import { Command } from 'commander';
import {
  channelStatistics,
  type ChannelStatistics,
  type StatisticsOptions,
} from '../loader/node/channel-statistics.js';
import { endedBy } from './ended-by.js';
import { exitCodes } from './exit-codes.js';
import { formatStatistics } from './format-statistics.js';
import { parseChannels, parseCountOrZero, parseNumber } from './parse-options.js';
import { showProgress } from './progress.js';
import { onInterrupt } from './interrupt.js';
import { addSubsetOptions, subsetOptions, type SubsetCommandOptions } from './subset-options.js';

type StatsCommandOptions = Pick<
  StatisticsOptions,
  'dataset' | 'axes' | 'channels' | 'workers' | 'scale'
> &
  SubsetCommandOptions & { readonly json?: true };

/** `planefeed stats FILE.h5 …` */
export function statsCommand(): Command {
  const command = new Command('stats')
    .description('mean, standard deviation and range of each channel of the images, in one pass')
    .argument('<file>', 'HDF5 file')
    .option('--dataset <path>', 'images in the file (default: /images)')
    .option(
      '--axes <letters>',
      'dimensions of the dataset: n image, h height, w width, c channel (default: nhwc, or nhw at rank 3)',
    )
    .option(
      '--channels <list>',
      'channel numbers, in the order wanted (default: all)',
      parseChannels,
    );
  return addSubsetOptions(command)
    .option(
      '--scale <x>',
      'the scale that training will use: statistics are of value × scale (default: 1)',
      parseNumber,
    )
    .option(
      '--workers <n>',
      'threads that read; 0: the main thread does (default: cores less one, 1 to 4)',
      parseCountOrZero,
    )
    .option('--json', 'print the statistics as one JSON object')
    .addHelpText(
      'after',
      `
The last line can be pasted into the options of openLoader, and mean and std, with the same scale, given
to planefeed stream. std is the population's (divided by n). Of uint8 images all sums are exact.

Exit codes:
  ${exitCodes.success}    success
  ${exitCodes.failure}    failed; the message on stderr says why
  ${exitCodes.interrupted}  interrupted by Ctrl-C

Examples:
  planefeed stats photos.h5 --scale 1/255
  planefeed stats photos.h5 --scale 1/255 --where split=train
  planefeed stats photos.h5 --channels 0 --json | jq .mean
  planefeed stats mnist.h5 --dataset /train/x --axes nhw`,
    )
    .action(async (file: string, options: StatsCommandOptions) => {
      process.exitCode = await runStats(file, options);
    });
}

async function runStats(file: string, given: StatsCommandOptions): Promise<number> {
  const { json } = given;
  using interrupt = onInterrupt();
  try {
    const statistics = await withProgress(file, statisticsOptions(given), interrupt.signal);
    process.stdout.write(
      json === true
        ? `${JSON.stringify({ file, ...statistics })}\n`
        : formatStatistics(file, statistics),
    );
    return exitCodes.success;
  } catch (error) {
    return endedBy(error, interrupt, json === true);
  }
}

function statisticsOptions(given: StatsCommandOptions): StatisticsOptions {
  const { dataset, axes, channels, workers, scale } = given;
  const same = Object.entries({ dataset, axes, channels, workers, scale });
  return {
    ...(Object.fromEntries(same.filter(([, value]) => value !== undefined)) as StatisticsOptions),
    ...subsetOptions(given),
  };
}

async function withProgress(
  file: string,
  options: StatisticsOptions,
  signal: AbortSignal,
): Promise<ChannelStatistics> {
  const display = showProgress(process.stderr, 'images');
  try {
    return await channelStatistics(file, {
      ...options,
      signal,
      onProgress: (progress) => {
        display.update(progress);
      },
    });
  } finally {
    display.stop();
  }
}
