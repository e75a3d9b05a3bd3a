import path from 'node:path';

import { File, toList } from 'planefeed';
import type { CreateDatasetOptions } from 'planefeed';
import { expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

const ONE_CHUNK: CreateDatasetOptions = {
  data: Int32Array.of(1, 2, 3),
  chunks: [3],
  maxshape: [3],
};
const cases: [string, CreateDatasetOptions][] = [
  ['plain', ONE_CHUNK],
  ['compressed', { ...ONE_CHUNK, compression: 'gzip' }],
  ['compressed and checked', { ...ONE_CHUNK, compression: 'gzip', fletcher32: true }],
  ['float16', { ...ONE_CHUNK, dtype: 'float16' }],
  ['text', { data: ['a', 'b', 'c'], chunks: [3], maxshape: [3] }],
];

describeWithH5py('a dataset of one chunk that has shrunk to nothing', () => {
  test.each(cases)('has forgotten it: %s', async (_, options) => {
    const name = path.join(await temporaryDirectory(), 'file.h5');
    {
      using file = await File.open(name, 'w');
      const dataset = file.createDataset('group/x', options);
      dataset.resize([0]);
      // Takes the place of the chunk.
      file.set('other', new Float64Array(1000).fill(7));
      dataset.resize([2]);
      const zero = options.data instanceof Int32Array ? 0 : '';
      expect(toList(dataset.get())).toEqual([zero, zero]);
      dataset.set(1, dataset.dtype === '|O' ? 'd' : 4);
      expect(file.dataset('other').get().data).toEqual(new Float64Array(1000).fill(7));
    }
    const found = await h5py.run(
      `
      with h5py.File(data) as f:
          x = f['group/x']
          values = x.asstr()[...] if x.dtype.kind == 'O' else x[...]
          result = [values.tolist(), x.id.get_num_chunks(), set(f['other'][...]) == {7}]
      `,
      name,
    );
    const expected = options.data instanceof Int32Array ? [0, 4] : ['', 'd'];
    expect(found).toEqual([expected, 1, true]);
  });

  test('in a file of older structures too', async () => {
    const name = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w', libver='earliest') as f:
          f.create_dataset('x', data=np.arange(3), chunks=(3,), maxshape=(3,))
      `,
      name,
    );
    using file = await File.open(name, 'r+');
    const dataset = file.dataset('x', 'int64');
    dataset.resize([0]);
    dataset.resize([3]);
    expect(dataset.get().data).toEqual(BigInt64Array.of(0n, 0n, 0n));
  });
});
