import fs from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { File } from 'planefeed';
import { planefeed, stackTrace } from '../support/cli.js';
import { temporaryDirectory } from '../support/temp.js';

/** A file whose writer was killed after two commits, in the middle of appending. */
async function killed(): Promise<string> {
  const folder = await temporaryDirectory();
  const source = path.join(folder, 'source.h5');
  const file = path.join(folder, 'file.h5');
  using writing = await File.open(source, 'w', { journal: true });
  writing.createDataset('x', { shape: [0], maxshape: [null], chunks: [64], dtype: 'uint8' });
  writing.flush();
  writing.dataset('x').resize([100]);
  writing.flush();
  writing.dataset('x').resize([5000]);
  writing.dataset('x').set('...', 7);
  fs.copyFileSync(source, file);
  fs.copyFileSync(`${source}-journal`, `${file}-journal`);
  return file;
}

it('brings a file to its last commit, and says so', async () => {
  const file = await killed();
  const first = await planefeed(['recover', file]);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /file\.h5: at its last commit, which has been completed; .* cut off/,
  );
  expect(fs.existsSync(`${file}-journal`)).toBe(false);
  using reading = await File.open(file);
  expect(reading.dataset('x').shape).toEqual([100]);

  const second = await planefeed(['recover', file, '--json']);
  expect(JSON.parse(second.stdout)).toEqual({
    outcome: 'clean',
    bytes: fs.statSync(file).size,
    cut: 0,
  });
});

it('exits 1 with one line that says what is wrong', async () => {
  const file = await killed();
  fs.writeFileSync(`${file}-journal`, 'something else');
  const missing = path.join(path.dirname(file), 'missing.h5');
  for (const [name, message] of [
    [file, /found something else/],
    [missing, /found nothing/],
  ] as const) {
    const { status, stderr } = await planefeed(['recover', name]);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(stackTrace);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
});
