import { Command, Option } from 'commander';
import type { IngestOptions, IngestProgress, IngestReport } from '../ingest/ingest.js';
import { ingestFolder } from '../ingest/ingest-folder.js';
import { exitCodes, exitCodesHelp } from './exit-codes.js';
import { parseCount, parseSize } from './parse-options.js';
import { formatBytes, showProgress } from './progress.js';
import { onInterrupt } from './interrupt.js';
import { printError } from './print-error.js';

type IngestCommandOptions = Pick<
  IngestOptions,
  'fit' | 'channels' | 'placement' | 'run' | 'commitEvery' | 'durability'
> & {
  readonly size: { height: number; width: number };
  readonly json?: true;
};

/** `planefeed ingest DIR FILE.h5 --size HxW …` */
export function ingestCommand(): Command {
  return new Command('ingest')
    .description('append the images of a folder to an HDF5 file; its sub-folders are the classes')
    .argument('<dir>', 'folder of images')
    .argument('<file>', 'HDF5 file, created if there is none')
    .requiredOption(
      '--size <HxW>',
      'height and width of the images in the file, in pixels',
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
        '--placement <placement>',
        'what lies side by side: the channels of an image, or a run of images’ planes of one channel (default: image)',
      ).choices(['image', 'channel']),
    )
    .option('--run <n>', 'images in a run, with placement channel (default: 256)', parseCount)
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
    .option('--json', 'print the report as one JSON object')
    .addHelpText(
      'after',
      `${exitCodesHelp()}

Run it again to add what is new in the folder: images that are in the file are skipped.

Examples:
  planefeed ingest photos photos.h5 --size 224x224
  planefeed ingest photos red-first.h5 --size 224x224 --placement channel --run 512
  planefeed ingest icons icons.h5 --size 64x64 --fit none --channels rgba --json`,
    )
    .action(async (directory: string, file: string, options: IngestCommandOptions) => {
      process.exitCode = await runIngest(directory, file, options);
    });
}

async function runIngest(
  directory: string,
  file: string,
  { size, json, ...options }: IngestCommandOptions,
): Promise<number> {
  using interrupt = onInterrupt();
  const display = showProgress(process.stderr, 'images');
  let last: IngestProgress | undefined;
  try {
    const report = await ingestFolder(directory, file, {
      ...options,
      ...size,
      signal: interrupt.signal,
      onProgress: (progress) => {
        last = progress;
        display.update(progress);
      },
    });
    display.stop();
    print(report, json === true);
    return report.setAside.length > 0 ? exitCodes.setAside : exitCodes.success;
  } catch (error) {
    display.stop();
    if (interrupt.caused(error)) {
      reportInterrupted(file, last, json === true);
      return exitCodes.interrupted;
    }
    if (json === true) printError(error);
    throw error;
  }
}

function print(report: IngestReport, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { file, images, added, skipped, setAside, classes, bytes, seconds } = report;
  const lines = [
    `${file}: ${images} images in ${classes.length} classes`,
    `added ${added}, skipped ${skipped} that were in, set aside ${setAside.length}`,
    `read ${formatBytes(bytes)} in ${seconds.toFixed(1)} s, ${Math.round(added / seconds)} images/s`,
    ...setAside.map(({ id, reason }) => `set aside: ${id}: ${reason}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function reportInterrupted(file: string, last: IngestProgress | undefined, json: boolean): void {
  const done = last === undefined ? '' : ` after ${countOf(last)}`;
  process.stderr.write(
    `planefeed: interrupted${done}; ${file} is at a commit, run the same command to continue\n`,
  );
  if (json) process.stdout.write(`${JSON.stringify({ interrupted: true })}\n`);
}

function countOf({ done, total }: IngestProgress): string {
  return total === undefined ? `${done} images` : `${done} of ${total} files`;
}
