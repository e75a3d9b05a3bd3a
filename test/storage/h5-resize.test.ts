import fs from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { InvalidOptionError } from '#src/errors.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

describeWithH5py('resizing', () => {
  it('is refused where h5py refuses it, by name, with what was expected, and changes nothing', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          f['fixed'] = np.zeros((3, 2))
          f['scalar'] = 1
          f['empty'] = h5py.Empty('f4')
          f.create_dataset('chunked', shape=(3, 2), maxshape=(5, None), chunks=(1, 2), dtype='i4')
      `,
      file,
    );
    const before = fs.readFileSync(file);
    const cases: [string, number[], RegExp][] = [
      ['fixed', [4, 2], /^Only chunked datasets can be resized; .*\[3, 2\].*got \[4, 2\]/],
      ['scalar', [1], /^Only chunked datasets can be resized/],
      ['empty', [1], /^Only chunked datasets can be resized; it is empty/],
      ['chunked', [3], /^New shape length \(1\) must match dataset rank \(2\).*\[3, 2\]/],
      ['chunked', [6, 2], /at most \[5, unlimited\], got \[6, 2\]/],
      ['chunked', [-1, 2], /got \[-1, 2\]/],
      ['chunked', [1.5, 2], /got \[1.5, 2\]/],
      ['chunked', [NaN, 2], /got \[NaN, 2\]/],
    ];
    const h5 = await openH5(file, 'r+', { durability: 'process' });
    for (const [name, shape, message] of cases) {
      const resize = (): void => {
        h5.resize(`/${name}`, shape);
      };
      expect(resize, name).toThrow(InvalidOptionError);
      expect(resize, name).toThrow(message);
      expect(resize, name).toThrow(`/${name}`);
    }
    await h5.close();
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });

  it('is seen by every name of the dataset', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const h5 = await openH5(file, 'w', { durability: 'process' });
    const type = { dtype: 'uint8', maxShape: [null], chunkShape: [2] } as const;
    h5.createDataset('/x', { ...type, shape: [2] });
    h5.createHardLink('/hard', '/x');
    h5.createSoftLink('/soft', '/x');
    const names = ['/x', '/hard', '/soft'];
    const shapes = (): unknown[] => names.map((name) => h5.dataset(name).shape);
    expect(shapes()).toEqual([[2], [2], [2]]);
    h5.resize('/soft', [7]);
    expect(shapes()).toEqual([[7], [7], [7]]);
    expect(h5.readSlice('/hard', [0], [7])).toEqual(new Uint8Array(7));
    await h5.close();
  });
});
