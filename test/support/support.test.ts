import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { describeWithH5py, h5py } from './h5py.js';
import { describeWithHdf5Tools, h5dump } from './hdf5-tools.js';
import { temporaryDirectory } from './temp.js';

describeWithH5py('h5py', () => {
  it('takes JSON in and gives JSON out, whatever the indentation', async () => {
    const result = await h5py.run(
      `
      print('not part of the result')
      result = {'sum': np.sum(data), 'list': np.arange(3, dtype='u1'), 'text': b'abc'}
      `,
      [1, 2.5],
    );
    expect(result).toEqual({ sum: 3.5, list: [0, 1, 2], text: 'abc' });
  });

  it('rejects with what Python said', async () => {
    await expect(h5py.run('print("before")\nraise ValueError("seven")')).rejects.toThrow(
      /before[^]*ValueError: seven/,
    );
  });
});

describeWithHdf5Tools('hdf5-tools', () => {
  it('say their version', async () => {
    expect(await h5dump('--version')).toMatch(/Version 1\.\d+/);
  });
});

let directory = '';
it('a temporary directory is there during the test', async () => {
  directory = await temporaryDirectory();
  await writeFile(join(directory, 'file'), 'content');
  expect(existsSync(directory)).toBe(true);
});
afterAll(() => {
  expect(directory).not.toBe('');
  expect(existsSync(directory)).toBe(false);
});
