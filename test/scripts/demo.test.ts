import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { expect, it } from 'vitest';

import { repository } from '../support/probe.js';
import { temporaryDirectory } from '../support/temp.js';

const runDemo = (cwd: string, ...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(repository, 'scripts/demo.ts'), ...args],
    { cwd },
  );

it('goes from images to a model that learns, and draws what the model sees', async () => {
  const directory = await temporaryDirectory();
  const { stdout, stderr } = await runDemo(directory, '--quick', '--no-native');

  const steps = [...stdout.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
  expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(stdout.match(/same bytes/g)).toHaveLength(2);
  expect(stdout).toMatch(/images +uint8 \[832, 64, 64, 3\]/);
  const table = stdout.slice(stdout.indexOf('Sum up'));
  for (const row of ['ingest', 'stream', 'plain h5wasm']) {
    expect(table).toMatch(new RegExp(`${row} +[\\d,.]+ images/s`));
  }
  for (const row of ['waiting for data', 'largest class', 'seed 1']) {
    expect(table).toMatch(new RegExp(`${row} +[\\d.]+ %`));
  }

  // Only the progress of long steps.
  expect(stderr).toMatch(/^(\d+\/\d+ images \|.*\n)*$/);

  const sheet = sharp(join(directory, 'demo-output/contact-sheet.png'));
  expect(await sheet.metadata()).toMatchObject({ format: 'png', width: 1096, height: 616 });
  const { channels } = await sheet.stats();
  expect(Math.min(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(30);
});

it('explains itself', async () => {
  const { stdout, stderr } = await runDemo(await temporaryDirectory(), '--help');
  expect(stdout).toMatch(/^Usage: npm run demo[^]*--no-native[^]*Exit code/);
  expect(stderr).toBe('');
});

it('refuses an unknown option in one line', async () => {
  const error: unknown = await runDemo(await temporaryDirectory(), '--nonsense').catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 1, stdout: '' });
  expect((error as { stderr: string }).stderr).toMatch(/^demo: .*--nonsense.*\n$/);
});
