/** Commands run by a user who may not do everything, where the tests are run by one who may. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { main } from './cli.js';

/** `nobody`. */
export const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;
const program = fileURLToPath(new URL('../../dist/cli/program.js', import.meta.url));

/** Why there is no such user, or `undefined`. */
export const noOtherUser: string | undefined = find();

function find(): string | undefined {
  if (process.getuid === undefined) return 'there are no user ids';
  if (!isRoot) return undefined;
  const { status } = spawnSync(process.execPath, ['--check', main], {
    uid: NOBODY,
    stdio: 'ignore',
  });
  return status === 0 ? undefined : 'root may do everything, and nobody may not read this checkout';
}

/** What a command of the command line printed and exited with. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands one after the other, in one process. */
export async function asOtherUser(commands: readonly (readonly string[])[]): Promise<Outcome[]> {
  const code = `
    const { run } = await import(${JSON.stringify(program)});
    const outcomes = [];
    const { stdout, stderr } = process;
    const kept = { stdout: '', stderr: '' };
    const print = stdout.write.bind(stdout);
    for (const name of ['stdout', 'stderr']) {
      process[name].setMaxListeners(0);
      process[name].write = (text) => { kept[name] += text; return true; };
    }
    for (const args of ${JSON.stringify(commands)}) {
      Object.assign(kept, { stdout: '', stderr: '' });
      process.exitCode = 0;
      await run(['node', 'planefeed', ...args]);
      outcomes.push({ status: process.exitCode, ...kept });
    }
    process.exitCode = 0;
    print(JSON.stringify(outcomes));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    ...(isRoot && { uid: NOBODY }),
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return JSON.parse(output) as Outcome[];
}
