import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { StorageError } from '../errors.js';
import type { BatchDtype } from '../loader/batch.js';
import type { Loader } from '../loader/loader.js';
import { openLoader } from '../loader/node/open-loader.js';
import { streamDigest } from '../loader/node/stream-digest.js';
import type { LoaderOptions } from '../loader/options.js';
import {
  addAugmentationOptions,
  augmentationOptions,
  type AugmentationCommandOptions,
} from './augmentation-options.js';
import { endedBy } from './ended-by.js';
import { exitCodes } from './exit-codes.js';
import { explainStream } from './explain-stream.js';
import { formatStream, type StreamReport } from './format-stream.js';
import { addOrderOptions, orderOptions, type OrderCommandOptions } from './order-options.js';
import {
  parseChannels,
  parseColumn,
  parseCount,
  parseCountOrZero,
  parseNumber,
  parseNumbers,
} from './parse-options.js';
import { showProgress } from './progress.js';
import { createReplay, type Replay } from './replay.js';
import { onInterrupt } from './interrupt.js';

type StreamCommandOptions = Pick<
  LoaderOptions,
  'dataset' | 'axes' | 'channels' | 'workers' | 'prefetch' | 'layout' | 'dropLast' | 'verify'
> &
  OrderCommandOptions &
  AugmentationCommandOptions & {
    readonly column?: Record<string, string>;
    readonly batch?: number;
    readonly epochs?: number;
    readonly dtype?: BatchDtype;
    readonly scale?: number;
    readonly mean?: number[];
    readonly std?: number[];
    readonly replaceCorrupt?: number;
    readonly skipCorrupt?: number;
    readonly explain?: true;
    readonly digest?: true;
    readonly saveState?: string;
    readonly json?: true;
  };

/** `planefeed stream FILE.h5 …` */
export function streamCommand(): Command {
  const command = new Command('stream')
    .description('run a loader over a file and show what it delivers and what that costs')
    .argument('<file>', 'HDF5 file')
    .option('--dataset <path>', 'images in the file (default: /images)')
    .option(
      '--axes <letters>',
      'dimensions of the dataset: n image, h height, w width, c channel (default: nhwc, or nhw at rank 3)',
    )
    .option(
      '--column <name=path>',
      'deliver a column with the images; may be repeated (default: label=/labels if there)',
      parseColumn,
    )
    .option('--batch <n>', 'images per batch (default: 32)', parseCount);
  return addAugmentationOptions(addOrderOptions(command))
    .option('--epochs <n>', 'times through the images (default: 1)', parseCount)
    .option(
      '--channels <list>',
      'channel numbers, in the order wanted (default: all)',
      parseChannels,
    )
    .option(
      '--workers <n>',
      'threads that read and assemble; 0: the main thread does (default: cores less one, 1 to 4)',
      parseCountOrZero,
    )
    .option(
      '--prefetch <n>',
      'batches made ahead (default: what fits 128 MiB, 2 to 16)',
      parseCount,
    )
    .addOption(
      new Option(
        '--dtype <dtype>',
        'element type delivered (default: uint8 for uint8 images, else float32)',
      ).choices(['uint8', 'int32', 'float32']),
    )
    .option('--scale <x>', 'float32: pixels become (value × scale − mean) / std', parseNumber)
    .option('--mean <list>', 'float32: one, or one per channel (default: 0)', parseNumbers)
    .option('--std <list>', 'float32: one, or one per channel (default: 1)', parseNumbers)
    .addOption(
      new Option('--layout <layout>', 'dimensions of a batch (default: nhwc)').choices([
        'nhwc',
        'nchw',
      ]),
    )
    .option('--drop-last', 'leave out an epoch’s last batch if it is not full')
    .addOption(
      new Option(
        '--verify <which>',
        'images held to the checksums in the file (default: sample, one in a hundred)',
      ).choices(['off', 'sample', 'all']),
    )
    .addOption(
      new Option(
        '--replace-corrupt <n>',
        'up to n damaged images: others of their batches take their places (default: an error)',
      )
        .argParser(parseCount)
        .conflicts('skipCorrupt'),
    )
    .option('--skip-corrupt <n>', 'up to n damaged images: leave them out', parseCount)
    .option('--explain', 'say what limits the speed, and what can be done about it')
    .option('--digest', 'print the SHA-256 of what was delivered; costs speed')
    .option('--save-state <file>', 'write where the stream ended, also when it is interrupted')
    .option('--json', 'print the report as one JSON object')
    .addHelpText(
      'after',
      `
The digest is the SHA-256 over all images in the order of delivery, epoch after epoch: of each its
number (uint32, little-endian), then its pixels as delivered (little-endian, in the dtype and layout
asked for). It doesn't depend on --batch (without --drop-last), --workers or --prefetch.

--epochs counts the epoch that --state goes on with.

Nothing is done with the images: nearly all of the time is waiting for the next batch. --explain says
what for, and how fast batches that are kept in memory are delivered again: what no loader can exceed.

Exit codes:
  ${exitCodes.success}    success
  ${exitCodes.failure}    failed; the message on stderr says why
  ${exitCodes.interrupted}  interrupted by Ctrl-C

Examples:
  planefeed stream photos.h5 --shuffle --seed 1 --epochs 2
  planefeed stream photos.h5 --shuffle --split validation --where label=cats,dogs
  planefeed stream photos.h5 --shuffle --epochs 3 --save-state state.json  # Ctrl-C
  planefeed stream photos.h5 --shuffle --epochs 3 --state state.json --rank 0/4
  planefeed stream photos.h5 --channels 0 --workers 1 --digest
  planefeed stream photos.h5 --shuffle --explain
  planefeed stream photos.h5 --dtype float32 --scale 1/255 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
  planefeed stream photos.h5 --shuffle --crop 56x56 --pad 4 --flip
  planefeed stream mnist.h5 --dataset /train/x --axes nhw --column label=/train/y --json`,
    )
    .action(async (file: string, options: StreamCommandOptions) => {
      process.exitCode = await runStream(file, options);
    });
}

async function runStream(file: string, options: StreamCommandOptions): Promise<number> {
  const json = options.json === true;
  using interrupt = onInterrupt();
  let delivered = 0;
  try {
    await using loader = await openLoader(file, await loaderOptions(options, interrupt.signal));
    let report: StreamReport;
    try {
      report = await stream(file, loader, options, (images) => (delivered = images));
    } finally {
      if (options.saveState !== undefined) await saveState(options.saveState, loader);
    }
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : formatStream(report));
    return exitCodes.success;
  } catch (error) {
    return endedBy(error, interrupt, json, `interrupted after ${delivered} images`);
  }
}

async function loaderOptions(
  options: StreamCommandOptions,
  signal: AbortSignal,
): Promise<LoaderOptions> {
  const { dataset, axes, channels, workers, prefetch, layout, dropLast, verify } = options;
  const { batch, column, epochs, dtype, scale, mean, std } = options;
  const same = {
    dataset,
    axes,
    channels,
    workers,
    prefetch,
    layout,
    dropLast,
    verify,
    epochs,
    dtype,
    scale,
  };
  return {
    ...(Object.fromEntries(
      Object.entries(same).filter(([, value]) => value !== undefined),
    ) as LoaderOptions),
    ...(await orderOptions(options)),
    ...corruptOption(options),
    ...augmentationOptions(options),
    ...(batch === undefined ? {} : { batchSize: batch }),
    ...(column === undefined ? {} : { columns: column }),
    ...(mean === undefined ? {} : { mean: oneOrMany(mean) }),
    ...(std === undefined ? {} : { std: oneOrMany(std) }),
    signal,
  };
}

function corruptOption({
  replaceCorrupt,
  skipCorrupt,
}: StreamCommandOptions): Pick<LoaderOptions, 'onCorrupt'> {
  if (replaceCorrupt !== undefined) {
    return { onCorrupt: { action: 'replace', budget: replaceCorrupt } };
  }
  return skipCorrupt === undefined ? {} : { onCorrupt: { action: 'skip', budget: skipCorrupt } };
}

async function saveState(file: string, loader: Loader): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(loader.state())}\n`);
  } catch (cause) {
    throw new StorageError(`The state can't be written: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
}

function oneOrMany(values: readonly number[]): number | readonly number[] {
  return values.length === 1 ? values[0]! : values;
}

async function stream(
  file: string,
  loader: Loader,
  { dataset = '/images', epochs = 1, digest, explain }: StreamCommandOptions,
  onDelivered: (images: number) => void,
): Promise<StreamReport> {
  const { length, batchSize, batchesPerEpoch, imageShape, dtype, lane } = loader;
  const behind = Math.floor(loader.state().position / loader.ranks);
  const total = epochs * Math.min(length, batchesPerEpoch * batchSize) - behind;
  const hash = digest === true ? streamDigest() : undefined;
  const replay = explain === true ? createReplay() : undefined;
  const display = showProgress(process.stderr, 'images');
  const started = performance.now();
  let done = 0;
  try {
    for await (const batch of loader) {
      hash?.add(batch);
      replay?.keep(batch);
      done += batch.indices.length;
      onDelivered(done);
      display.update({ done, total, bytes: loader.stats().bytesRead });
    }
  } finally {
    display.stop();
  }
  const seconds = (performance.now() - started) / 1000;
  const stats = loader.stats();
  const { batches, bytesWanted, bytesRead, requests } = stats;
  const { verified, unverified, corrupt, replaced, skipped } = stats;
  const imagesPerSecond = done / Math.max(seconds, 1e-6);
  return {
    file,
    dataset,
    lane,
    laneReason: loader.laneReason ?? null,
    imagesInFile: loader.imagesInFile,
    imageShape,
    dtype,
    batchSize,
    epochs,
    images: done,
    batches,
    seconds,
    imagesPerSecond,
    bytesWanted,
    bytesRead,
    requests,
    waitSeconds: stats.waitTime / 1000,
    readSeconds: stats.readTime / 1000,
    decodeSeconds: stats.decodeTime / 1000,
    verifySeconds: stats.verifyTime / 1000,
    assembleSeconds: stats.assembleTime / 1000,
    verification: { verified, unverified, corrupt, replaced, skipped },
    mixing: loader.mixing(),
    explanation:
      replay === undefined
        ? null
        : explainStream(
            stats,
            loader.explain(),
            imagesPerSecond,
            await replayed(replay, done, digest),
          ),
    digest: hash?.hex() ?? null,
  };
}

/** The same consumer, with nothing to wait for. */
function replayed(replay: Replay, images: number, digest: true | undefined): Promise<number> {
  const hash = digest === true ? streamDigest() : undefined;
  return replay.run(images, (batch) => hash?.add(batch));
}
