import { Command, InvalidArgumentError, Option } from 'commander';
import type { ChunkChoice } from '../repack/image-layout.js';
import type { RepackOptions, RepackReport } from '../repack/repack.js';
import { repack } from '../repack/repack.js';
import { endedBy } from './ended-by.js';
import { exitCodes } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { parseCount, parseCountOrZero } from './parse-options.js';
import { formatBytes, showProgress } from './progress.js';

type RepackCommandOptions = Omit<RepackOptions, 'signal' | 'onProgress'> & { readonly json?: true };

/** `planefeed repack IN.h5 OUT.h5 …` */
export function repackCommand(): Command {
  return new Command('repack')
    .description('write an HDF5 file anew, with its images in another layout')
    .argument('<in>', 'HDF5 file, of any layout')
    .argument('<out>', 'new HDF5 file')
    .option(
      '--dataset <path>',
      'the images (default: /images, or the only dataset of 3 or 4 dimensions)',
    )
    .option(
      '--axes <letters>',
      'dimensions of the images: n image, h height, w width, c channel (default: nhwc, or nhw at rank 3)',
    )
    .option(
      '--chunks <shape>',
      'per-channel, per-image, contiguous, or a shape: 8,224,224,3 (default: per-channel)',
      parseChunks,
    )
    .addOption(
      new Option(
        '--placement <placement>',
        'what lies side by side: the channels of an image, or a run of images’ planes of one channel (default: image)',
      ).choices(['image', 'channel']),
    )
    .option('--run <n>', 'images in a run, with placement channel (default: 256)', parseCount)
    .option('--gzip <level>', 'compress with deflate, 0 to 9 (default: not)', parseCountOrZero)
    .option('--shuffle', 'reorder the bytes of elements of several bytes before compression')
    .addOption(
      new Option(
        '--durability <durability>',
        'what the new file survives: a power failure, or only the death of the process (default: full)',
      ).choices(['full', 'process']),
    )
    .option('--json', 'print the report as one JSON object')
    .addHelpText(
      'after',
      `
Values, labels, ids, columns, attributes and all else in the file are the same. The new file appears
whole, or not at all.

Exit codes:
  ${exitCodes.success}    success: everything is in the new file
  ${exitCodes.failure}    failed, and there is no new file; the message on stderr says why
  ${exitCodes.setAside}    the new file is there; what couldn't be written (references, say) is listed
  ${exitCodes.interrupted}  interrupted by Ctrl-C, and there is no new file

Examples:
  planefeed repack theirs.h5 fast.h5 --dataset /train/x
  planefeed repack photos.h5 red-first.h5 --placement channel --run 512
  planefeed repack photos.h5 small.h5 --chunks per-image --gzip 4
  planefeed repack photos.h5 blocks.h5 --chunks 16,224,224,3 --json`,
    )
    .action(async (from: string, to: string, options: RepackCommandOptions) => {
      process.exitCode = await runRepack(from, to, options);
    });
}

async function runRepack(
  from: string,
  to: string,
  { json, ...options }: RepackCommandOptions,
): Promise<number> {
  using interrupt = onInterrupt();
  const display = showProgress(process.stderr, 'images');
  try {
    const report = await repack(from, to, {
      ...options,
      signal: interrupt.signal,
      onProgress: (progress) => {
        display.update(progress);
      },
    });
    display.stop();
    process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : format(report));
    return report.leftOut.length > 0 ? exitCodes.setAside : exitCodes.success;
  } catch (error) {
    display.stop();
    return endedBy(error, interrupt, json === true, 'interrupted; there is no new file');
  }
}

function format({ file, dataset, images, chunks, leftOut, bytes, seconds }: RepackReport): string {
  const layout = chunks === null ? 'contiguous' : `in chunks of ${chunks.join('×')}`;
  return [
    `${file}: ${images} images in ${dataset}, ${layout}`,
    `${formatBytes(bytes)} in ${seconds.toFixed(1)} s`,
    ...leftOut.map(({ path, reason }) => `left out: ${path}: ${reason}`),
    '',
  ].join('\n');
}

/** For commander. */
function parseChunks(text: string): ChunkChoice {
  if (text === 'per-channel' || text === 'per-image' || text === 'contiguous') return text;
  return text.split(',').map((part) => {
    if (/^\s*[1-9]\d*\s*$/.test(part)) return Number(part);
    throw new InvalidArgumentError('Expected per-channel, per-image, contiguous or 8,224,224,3.');
  });
}
