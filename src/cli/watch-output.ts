import { exitCodes } from './exit-codes.js';

/**
 * How the command line gets on with its output.
 *
 * A reader that has seen enough (`planefeed info FILE | head -1`) closes the pipe: that is no failure
 * of the command. A full disk is. Warnings, such as a loader's that h5wasm has to read, are one line
 * without Node's process number and hints.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`planefeed: could not write the output: ${error.message}\n`);
    // A command sets its exit code after its last write, which may be later.
    process.once('exit', () => (process.exitCode = exitCodes.failure));
  });
  // There is nowhere left to say it.
  process.stderr.on('error', () => undefined);
  process.removeAllListeners('warning');
  process.on('warning', ({ message }) => {
    process.stderr.write(`planefeed: WARNING: ${message}\n`);
  });
}
