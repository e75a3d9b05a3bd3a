/** A process that only waits for a loader to close. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { writeImageFile } from '../support/image-files.js';
import { repository } from '../support/probe.js';
import { temporaryDirectory } from '../support/temp.js';

const script = `
  import { openLoader } from 'planefeed';
  for (let round = 0; round < 30; round++) {
    const loader = await openLoader(process.argv[1], { workers: 2, shuffle: 'full' });
    await loader[Symbol.asyncIterator]().next();
    await loader.close();
  }
  console.log('closed');
`;

it('lives until its loader has closed', async () => {
  const directory = await temporaryDirectory();
  const options = { count: 256, height: 32, width: 32 };
  const file = await writeImageFile(path.join(directory, 'images.h5'), options);
  const node = promisify(execFile);
  // A process whose awaits nothing can settle any more ends with code 13, which rejects.
  const { stdout } = await node(process.execPath, ['--input-type=module', '-e', script, file], {
    cwd: repository,
  });
  expect(stdout).toBe('closed\n');
});
