import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { files } from './places.js';
import { say, step } from './say.js';

/** Step: the command line's view of the file. */
export function showInfo(): void {
  step('Look into the file', 'It is plain HDF5; this is how the images are stored.');
  const command = ['info', files.train];
  say(`$ npx planefeed ${command.join(' ')}`);
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [main, ...command], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(error?.message ?? stderr.trim());
  for (const line of stdout.trimEnd().split('\n')) say(line);
}
