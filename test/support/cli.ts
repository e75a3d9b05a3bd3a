/** The built command line as a child process. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const main: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Gets the process id, to send signals. */
  readonly started?: (pid: number) => void;
  /** Called with all of stderr so far, and the process id, whenever there is more. */
  readonly onStderr?: (text: string, pid: number) => void;
}

/** Runs `planefeed …` to its end. */
export function planefeed(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runToEnd(process.execPath, [main, ...args], options);
}

/** Runs a line of shell in which `$planefeed` is the command. */
export function shell(line: string): Promise<CliResult> {
  const planefeed = `'${process.execPath}' '${main}'`;
  return runToEnd('bash', ['-c', line.replaceAll('$planefeed', planefeed)], {});
}

/** What a user must never see. */
export const stackTrace = /^\s+at |HDF5-DIAG|#00\d|node:internal|unexpected error/m;

function runToEnd(
  command: string,
  args: readonly string[],
  { started, onStderr }: CliOptions,
): Promise<CliResult> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(stderr, child.pid!);
  });
  started?.(child.pid!);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status, stdout, stderr });
    });
  });
}
