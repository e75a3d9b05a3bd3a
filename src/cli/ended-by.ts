import { exitCodes } from './exit-codes.js';
import type { Interrupt } from './interrupt.js';
import { printError } from './print-error.js';

/**
 * What a command that can be interrupted makes of an error.
 *
 * @param told what stderr is told where Ctrl-C was the reason
 * @returns the exit code of an interruption
 * @throws the error, if it is any other; with `json` it has been told on stdout
 */
export function endedBy(
  error: unknown,
  interrupt: Interrupt,
  json: boolean,
  told = 'interrupted',
): number {
  if (interrupt.caused(error)) return interrupted(told, json);
  if (json) printError(error);
  throw error;
}

/** Tells that Ctrl-C ended the command, and gives the exit code. */
export function interrupted(told: string, json: boolean): number {
  process.stderr.write(`planefeed: ${told}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ interrupted: true })}\n`);
  return exitCodes.interrupted;
}
