import { exitCodes } from './exit-codes.js';

/**
 * What happens when output can't be written. A reader that has seen enough (`planefeed info FILE |
 * head -1`) closes the pipe: that is no failure of the command. A full disk is.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = exitCodes.failure;
    process.stderr.write(`planefeed: could not write the output: ${error.message}\n`);
    // The command sets the exit code after its last write; this is later.
    process.once('exit', () => (process.exitCode = exitCodes.failure));
  });
  // There is nowhere left to say it.
  process.stderr.on('error', () => undefined);
}
