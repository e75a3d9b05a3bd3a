import { Command } from 'commander';
import { verifyFile, type FileVerification } from '../verify/verify-file.js';
import { endedBy } from './ended-by.js';
import { exitCodes } from './exit-codes.js';
import { formatVerification } from './format-verification.js';
import { plural } from './format.js';
import { onInterrupt } from './interrupt.js';
import { showProgress } from './progress.js';

interface VerifyCommandOptions {
  readonly dataset?: string;
  readonly json?: true;
}

/** `planefeed verify FILE.h5 [--dataset PATH] [--json]` */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('look for damage: hold every image to its checksum, and the file to itself')
    .argument('<file>', 'HDF5 file; it is not changed')
    .option('--dataset <path>', 'images in the file (default: /images)')
    .option('--json', 'print the report as one JSON object')
    .addHelpText(
      'after',
      `
Reads headers, attributes and chunk indexes of all objects, all planes of the images in file order, and
the columns of a file that planefeed ingest made. It finds every changed byte of images, checksums,
chunk indexes and headers; not a change to what has no checksum and makes sense all the same, such as
an id that becomes another, or a number in /columns.

The journal of a killed writer is no damage, and told: planefeed recover removes it. Only where a commit
is half in the file is nothing else looked at before that is done.

Exit codes:
  ${exitCodes.success}    nothing is wrong
  ${exitCodes.failure}    failed: the file can't be read; the message on stderr says why
  ${exitCodes.damaged}    something is wrong; the report says what and where
  ${exitCodes.interrupted}  interrupted by Ctrl-C

Examples:
  planefeed verify photos.h5
  planefeed verify photos.h5 --json | jq '.problems[].place'
  planefeed verify archive.h5 --dataset /train/x`,
    )
    .action(async (file: string, options: VerifyCommandOptions) => {
      process.exitCode = await runVerify(file, options);
    });
}

async function runVerify(file: string, { dataset, json }: VerifyCommandOptions): Promise<number> {
  using interrupt = onInterrupt();
  try {
    const found = await withProgress(file, dataset, interrupt.signal);
    process.stdout.write(json === true ? `${JSON.stringify(found)}\n` : formatVerification(found));
    if (found.sound) return exitCodes.success;
    process.stderr.write(`planefeed: ${file}: ${plural(found.problemCount, 'problem')}\n`);
    return exitCodes.damaged;
  } catch (error) {
    return endedBy(error, interrupt, json === true);
  }
}

async function withProgress(
  file: string,
  dataset: string | undefined,
  signal: AbortSignal,
): Promise<FileVerification> {
  const display = showProgress(process.stderr, 'planes');
  try {
    return await verifyFile(file, {
      dataset,
      signal,
      onProgress: (progress) => {
        display.update(progress);
      },
    });
  } finally {
    display.stop();
  }
}
