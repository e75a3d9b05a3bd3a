import { Command, CommanderError } from 'commander';
import { PlanefeedError } from '../errors.js';
import { version } from '../version.js';
import { exitCodes, exitCodesHelp } from './exit-codes.js';
import { benchCommand } from './bench.js';
import { infoCommand } from './info.js';
import { ingestCommand } from './ingest.js';
import { recoverCommand } from './recover.js';
import { repackCommand } from './repack.js';
import { statsCommand } from './stats.js';
import { streamCommand } from './stream.js';
import { verifyCommand } from './verify.js';
import { tuneCommand } from './tune.js';
import { watchOutput } from './watch-output.js';

/** Every command, in the order in which the help lists them. */
const commands: readonly (() => Command)[] = [
  ingestCommand,
  streamCommand,
  infoCommand,
  statsCommand,
  repackCommand,
  verifyCommand,
  recoverCommand,
  benchCommand,
  tuneCommand,
];

/**
 * Runs the command line and sets `process.exitCode`.
 *
 * @param argv as `process.argv`: interpreter, script, arguments
 */
export async function run(argv: readonly string[]): Promise<void> {
  watchOutput();
  const program = new Command('planefeed')
    .description('Feed image planes from HDF5 to tensors.')
    .version(version)
    .exitOverride()
    .addHelpText(
      'after',
      `${exitCodesHelp()}

Examples:
  planefeed ingest photos photos.h5 --size 224x224
  planefeed info photos.h5
  planefeed stream photos.h5 --shuffle
  planefeed stats photos.h5 --scale 1/255
  planefeed ingest --help`,
    );
  for (const command of commands) program.addCommand(command().exitOverride());
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.success : exitCodes.failure;
  }
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof PlanefeedError;
  process.stderr.write(`planefeed: ${known ? '' : 'unexpected error: '}${message}\n`);
  return exitCodes.failure;
}
