import { Command } from 'commander';
import { describeFile } from '../info/describe-file.js';
import { exitCodes } from './exit-codes.js';
import { formatInfo } from './format-info.js';
import { plural } from './format.js';
import { printError } from './print-error.js';

/** `planefeed info FILE.h5 [--json]` */
export function infoCommand(): Command {
  return new Command('info')
    .description('show what an HDF5 file holds and how it is stored')
    .argument('<file>', 'HDF5 file, whoever made it')
    .option('--json', 'print the description as one JSON object')
    .addHelpText(
      'after',
      `
Of each dataset: type, shape, chunks, chunk index, filters, and what is allocated, counted in its
chunk index. Of images in one-channel chunks also how their planes lie in the file. 'h5wasm only'
names the HDF5 feature because of which a dataset can't be streamed by the fast lane. The journal of a writer that has the file
open, or was killed, is told.

Exit codes:
  ${exitCodes.success}    success
  ${exitCodes.failure}    the file, or something in it, can't be read; stderr says what

Examples:
  planefeed info photos.h5
  planefeed info photos.h5 --json | jq '.entries[] | select(.path == "/images")'`,
    )
    .action(async (file: string, { json }: { json?: true }) => {
      process.exitCode = await runInfo(file, json === true);
    });
}

async function runInfo(file: string, json: boolean): Promise<number> {
  try {
    const description = await describeFile(file);
    process.stdout.write(json ? `${JSON.stringify(description)}\n` : formatInfo(description));
    const damaged = description.entries.filter(({ error }) => error !== undefined);
    if (damaged.length === 0) return exitCodes.success;
    process.stderr.write(
      `planefeed: ${plural(damaged.length, 'object')} in ${file} can't be read; ${damaged[0]!.path}: ${damaged[0]!.error!}\n`,
    );
    return exitCodes.failure;
  } catch (error) {
    if (json) printError(error);
    throw error;
  }
}
