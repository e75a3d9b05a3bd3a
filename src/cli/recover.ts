import { Command } from 'commander';
import { recover } from '../storage/recover.js';
import type { Recovery } from '../storage/recover.js';
import { exitCodes } from './exit-codes.js';
import { printError } from './print-error.js';
import { formatBytes } from './progress.js';

/** `planefeed recover FILE.h5 [--json]` */
export function recoverCommand(): Command {
  return new Command('recover')
    .description('bring a file whose writer was killed to its last commit')
    .argument('<file>', 'HDF5 file, with its journal beside it')
    .option('--json', 'print what was done as one JSON object')
    .addHelpText(
      'after',
      `
Writing the file again does the same by itself; this is for reading it with other programs, and for
moving it elsewhere without its journal. Doing it twice does no harm.

Exit codes:
  ${exitCodes.success}    the file is at a commit, and has no journal
  ${exitCodes.failure}    it is being written, or can't be recovered; stderr says why

Examples:
  planefeed recover photos.h5
  planefeed recover photos.h5 --json`,
    )
    .action(async (file: string, { json }: { json?: true }) => {
      await runRecover(file, json === true);
    });
}

async function runRecover(file: string, json: boolean): Promise<void> {
  try {
    const recovery = await recover(file);
    process.stdout.write(json ? `${JSON.stringify(recovery)}\n` : format(file, recovery));
  } catch (error) {
    if (json) printError(error);
    throw error;
  }
}

function format(file: string, { outcome, cut, bytes }: Recovery): string {
  const size = formatBytes(bytes);
  const removed = cut === 0 ? '' : `; ${formatBytes(cut)} of an unfinished one were cut off`;
  const text = {
    clean: 'nothing to recover: no writer was killed',
    completed: 'at its last commit, which has been completed',
    discarded: 'at its last commit',
  }[outcome];
  return `${file}: ${text}${removed} (${size})\n`;
}
