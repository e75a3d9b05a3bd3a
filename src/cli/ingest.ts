import { Command, Option } from 'commander';
import type {
  IngestOptions,
  IngestProgress,
  IngestReport,
  SetAside,
} from '../ingest/ingest-report.js';
import { ImageError } from '../errors.js';
import { ingest } from '../ingest/ingest.js';
import { openSource } from '../ingest/sources/open-source.js';
import type { SourceCommandOptions } from './source-options.js';
import { addSourceOptions, sourceOptionsOf } from './source-options.js';
import { interrupted } from './ended-by.js';
import { exitCodes, exitCodesHelp } from './exit-codes.js';
import { parseBytes, parseCount, parseLargeCount, parseParts, parseSize } from './parse-options.js';
import { formatBytes, showProgress } from './progress.js';
import { onInterrupt } from './interrupt.js';
import { printError } from './print-error.js';

type IngestCommandOptions = Pick<
  IngestOptions,
  | 'fit'
  | 'channels'
  | 'background'
  | 'dtype'
  | 'placement'
  | 'run'
  | 'split'
  | 'dedupe'
  | 'commitEvery'
  | 'durability'
  | 'quarantine'
  | 'onError'
  | 'frames'
  | 'maxPixels'
  | 'memoryLimit'
> &
  SourceCommandOptions & {
    readonly size?: { height: number; width: number };
    readonly json?: true;
  };

/** `planefeed ingest SOURCE… FILE.h5 --size HxW …` */
export function ingestCommand(): Command {
  const command = new Command('ingest')
    .description('append the images of a folder, table, tar shard or array to an HDF5 file')
    .usage('[options] <source...> <file>')
    .argument(
      '<paths...>',
      'folder, .csv, .jsonl, .parquet, .tar, .tar.gz, .npy, .npz or .h5 of images, or several; then the HDF5 file, created if there is none',
    )
    .option(
      '--size <HxW>',
      'height and width of the images in the file, in pixels; not needed for arrays, and for a file that is there',
      parseSize,
    )
    .addOption(
      new Option(
        '--fit <fit>',
        'how to bring images to size: crop, pad with black, stretch, or take only those that have it (default: cover)',
      ).choices(['cover', 'contain', 'fill', 'none']),
    )
    .addOption(
      new Option('--channels <channels>', 'channels to keep (default: rgb)').choices([
        'rgb',
        'gray',
        'rgba',
      ]),
    )
    .addOption(
      new Option(
        '--dtype <dtype>',
        'type of the pixels: white is 255, 65,535 or 1; arrays of the type are taken as they are (default: uint8)',
      ).choices(['uint8', 'uint16', 'float32']),
    )
    .addOption(
      new Option(
        '--background <colour>',
        'what shows through where an image is transparent, unless alpha is kept (default: white)',
      ).choices(['white', 'black']),
    )
    .addOption(
      new Option(
        '--placement <placement>',
        'what lies side by side: the channels of an image, or a run of images’ planes of one channel (default: image)',
      ).choices(['image', 'channel']),
    )
    .option('--run <n>', 'images in a run, with placement channel (default: 256)', parseCount)
    .option(
      '--split <name=share,…>',
      'divide the images by a hash of their ids, as a column: train=0.9,val=0.1',
      parseParts,
    )
    .option('--dedupe', 'leave out images whose pixels are in the file already')
    .option(
      '--commit-every <n>',
      'images between commits; with placement channel rounded up to whole runs (default: 256)',
      parseCount,
    )
    .addOption(
      new Option(
        '--durability <durability>',
        'what a commit survives: a power failure, or only the death of the process (default: full)',
      ).choices(['full', 'process']),
    )
    .addOption(
      new Option(
        '--frames <which>',
        'of animations and files of several pages, take the first picture, or each as an image NAME#0, NAME#1 … (default: first)',
      ).choices(['first', 'all']),
    )
    .option(
      '--max-pixels <n>',
      'set larger images aside before decoding them (default: 16384 × 16384)',
      parseLargeCount,
    )
    .option(
      '--memory-limit <bytes>',
      'memory that the process may take; images that need more are set aside (default: 512MiB)',
      parseBytes,
    )
    .option('--quarantine <dir>', 'keep copies of what is set aside there, each with its reason')
    .addOption(
      new Option(
        '--on-error <action>',
        'what to do about an image that can’t be taken: set it aside and go on, or stop at a commit (default: set-aside)',
      ).choices(['set-aside', 'stop']),
    )
    .option('--json', 'print the report as one JSON object');
  return addSourceOptions(command)
    .addHelpText(
      'after',
      `${exitCodesHelp()}

Run it again to add what is new in the source, or to go on after an interruption: images that are in
the file are skipped.

Sources, told by their names (--source-type overrides):
  a folder                its sub-folders are the classes
  .csv .jsonl .parquet    a row for each image: its path (or the image itself, in Parquet), its class,
                          and any values, which go to /columns
  .tar .tar.gz .tgz       WebDataset: 0001.jpg, 0001.cls, 0001.json; train-{000..099}.tar for several
  .npy .npz .h5           arrays of images

Examples:
  planefeed ingest photos photos.h5 --size 224x224
  planefeed ingest photos red-first.h5 --size 224x224 --placement channel --run 512
  planefeed ingest icons icons.h5 --size 64x64 --fit none --channels rgba --json
  planefeed ingest scans scans.h5 --size 512x512 --dtype uint16 --split train=0.9,val=0.1 --dedupe
  planefeed ingest dogs.csv dogs.h5 --size 64x64 --label-column breed --columns age,name:string
  planefeed ingest 'train-*.parquet' train.h5 --size 32x32 --quarantine refused
  planefeed ingest 'shards/{000..099}.tar' train.h5 --size 224x224 --on-error stop
  planefeed ingest digits.npz digits.h5 --image-column x_train --label-column y_train
  planefeed ingest other.h5 ours.h5 --image-column /train/x --axes nchw`,
    )
    .action(async (paths: string[], options: IngestCommandOptions) => {
      const [sources, file] = [paths.slice(0, -1), paths.at(-1)!];
      if (sources.length === 0) command.error("error: missing required argument 'file'");
      process.exitCode = await runIngest(sources, file, options);
    });
}

async function runIngest(
  sources: readonly string[],
  file: string,
  options: IngestCommandOptions,
): Promise<number> {
  const json = options.json === true;
  using interrupt = onInterrupt();
  const display = showProgress(process.stderr, 'images');
  let last: IngestProgress | undefined;
  try {
    const source = await openSource(sources, { ...sourceOptionsOf(options), except: file });
    const report = await ingest(source, file, {
      ...ingestOptionsOf(options),
      signal: interrupt.signal,
      onProgress: (progress) => {
        last = progress;
        display.update(progress);
      },
    });
    display.stop();
    print(report, json);
    return report.setAside.length > 0 ? exitCodes.setAside : exitCodes.success;
  } catch (error) {
    display.stop();
    if (interrupt.caused(error)) return interrupted(toldOf(file, last), json);
    if (json) printError(error);
    if (options.onError === 'stop' && error instanceof ImageError) {
      process.stderr.write(`planefeed: ${error.message}; ${file} is at a commit\n`);
      return exitCodes.stopped;
    }
    throw error;
  }
}

function ingestOptionsOf(options: IngestCommandOptions): IngestOptions {
  const { size, fit, channels, background, dtype, placement, run, split, dedupe } = options;
  const { commitEvery, durability, quarantine, onError } = options;
  const { frames, maxPixels, memoryLimit } = options;
  return {
    ...size,
    fit,
    channels,
    background,
    dtype,
    placement,
    run,
    split,
    dedupe,
    commitEvery,
    durability,
    quarantine,
    onError,
    frames,
    maxPixels,
    memoryLimit,
  };
}

function print(report: IngestReport, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { file, images, added, skipped, duplicates, setAside, classes, bytes, seconds } = report;
  const twice = duplicates.length === 0 ? '' : `, duplicates ${duplicates.length}`;
  const lines = [
    `${file}: ${images} images in ${classes.length} classes`,
    `added ${added}, skipped ${skipped} that were in${twice}, set aside ${setAside.length}`,
    `read ${formatBytes(bytes)} in ${seconds.toFixed(1)} s, ${Math.round(added / seconds)} images/s`,
    ...duplicates.map(({ id, of }) => `duplicate: ${id}: its pixels are those of ${of}`),
    ...setAside.map(describeSetAside),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function describeSetAside({ id, reason, place }: SetAside): string {
  const where = place === undefined || place === id ? '' : ` (${place})`;
  return `set aside: ${id}${where}: ${reason}`;
}

/** What is told of an interruption. */
function toldOf(file: string, last: IngestProgress | undefined): string {
  const done = last === undefined ? '' : ` after ${countOf(last)}`;
  return `interrupted${done}; ${file} is at a commit, run the same command to continue`;
}

function countOf({ done, total }: IngestProgress): string {
  return total === undefined ? `${done} images` : `${done} of ${total} files`;
}
