/** Running other programs: quiet when they succeed, one line that says why when they fail. */
import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

import { SetUpError } from './set-up-error.js';

export function commandExists(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Runs a program to its end; its output is shown only as the one line that explains a failure. */
export function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) {
    throw new SetUpError(`could not run ${command}: ${error.message}`, 'failure', error);
  }
  if (status === 0) return;
  const reason =
    firstErrorLine(stderr) ?? firstErrorLine(stdout) ?? `it ended with ${String(status)}`;
  throw new SetUpError(`${command} failed: ${reason}`, 'failure', new Error(stdout + stderr));
}

/** The line of a program's output that best tells the reason of its failure, shortened. */
export function firstErrorLine(output: string): string | undefined {
  const lines = output
    .split('\n')
    .map((line) => stripVTControlCharacters(line).trim())
    .filter((line) => line !== '');
  const candidates = [
    ...reasons.map((reason) => lines.find((line) => reason.test(line))),
    lines.at(-1),
  ];
  return candidates.find((line) => line !== undefined)?.slice(0, 400);
}

/** The most telling first: the machine's own troubles, what calls itself an error, what sounds like one. */
const reasons = [
  /no space left|name resolution|unknown host|network is unreachable|connection (refused|timed out)/i,
  /^(\w*error\b|npm (err!|error)|\[error\]|fatal\b)/i,
  /error|failed|cannot|not found|could not/i,
];
