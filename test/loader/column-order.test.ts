import path from 'node:path';
import { openLoader, type LoaderOptions } from 'planefeed';
import { beforeAll, afterAll, expect, it } from 'vitest';
import { partOf, resolveSplit } from '#src/loader/split.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

describeWithH5py('columns that others wrote decide what is loaded', () => {
  let temp: SharedDirectory;
  let file: string;
  beforeAll(async () => {
    temp = await sharedDirectory();
    file = path.join(temp.path, 'columns.h5');
    await h5py.run(WRITE, { file });
  });
  afterAll(() => temp.remove());

  it.each<[string, LoaderOptions, number[]]>([
    ['a bool', { where: { good: true } }, [0, 3, 6, 9]],
    ['integers of 64 bits', { where: { number: [2, 5] } }, [2, 5]],
    ['big-endian integers', { where: { big: 258 } }, [2]],
    ['strings of fixed length', { where: { fixed: 'b' } }, [1, 3, 5, 7, 9]],
    ['strings of variable length', { where: { kind: ['α', 'γ'] } }, [0, 2, 3, 5, 6, 8, 9]],
    ['floats', { where: { quality: 0.25 } }, [1]],
    ['compressed integers, by class name', { where: { 'meta/label': 'owl' } }, [2, 5, 8]],
    ['a path', { where: { '/meta/label': [0] } }, [0, 3, 6, 9]],
    ['a name of `columns`', { columns: { y: '/meta/label' }, where: { y: 'cat' } }, [0, 3, 6, 9]],
    ['a column of width 1', { where: { wide: 7 } }, [7]],
    ['several', { where: { good: true, fixed: 'b' }, images: [9, 8, 3] }, [9, 3]],
  ])('%s', async (_name, options, expected) => {
    expect(await imagesOf({ columns: {}, ...options })).toEqual(expected);
  });

  it('a split by any of them', async () => {
    for (const by of ['kind', 'number', 'good', 'fixed']) {
      const split = { name: 'train', parts: { train: 0.5, test: 0.5 }, by };
      const other = { ...split, name: 'test' };
      const parts = await Promise.all(
        [split, other].map((each) => imagesOf({ columns: {}, split: each }).catch(() => [])),
      );
      expect(parts.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    const part = partOf(resolveSplit({ name: 'train', parts: { train: 0.5, test: 0.5 } }));
    const train = await imagesOf({
      columns: {},
      split: { name: 'train', parts: { train: 0.5, test: 0.5 }, by: 'number' },
    });
    expect(train).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((i) => part(i) === 'train'));
  });

  it.each<[LoaderOptions, RegExp]>([
    [{ where: { split: 'a' } }, /There is no column `split`.*as in the loader option `columns`/],
    [{ where: { short: 1 } }, /one value for each of the 10 images, got the shape \[9\]/],
    [{ where: { pairs: 1 } }, /one value for each of the 10 images, got the shape \[10, 2\]/],
    [{ where: { scalar: 1 } }, /one value for each of the 10 images, got the shape \[\]/],
    [{ where: { 'meta/label': 'dodo' } }, /or of the names cat, dog, owl, got `dodo`/],
    [{ split: { name: 'a', parts: { a: 1 } } }, /There is no column `id`/],
    [{ where: { compound: 1 } }, /compound/],
  ])('%j is refused', async (options, message) => {
    await expect(imagesOf({ columns: {}, ...options })).rejects.toThrow(message);
  });

  async function imagesOf(options: LoaderOptions): Promise<number[]> {
    await using loader = await openLoader(file, { workers: 0, batchSize: 4, ...options });
    const images: number[] = [];
    for await (const batch of loader) images.push(...batch.indices);
    return images;
  }
});

const WRITE = `
import h5py, numpy as np
n = 10
with h5py.File(data['file'], 'w') as f:
    f['images'] = np.arange(n * 4 * 4 * 3, dtype='u1').reshape(n, 4, 4, 3)
    f['good'] = np.arange(n) % 3 == 0
    f['number'] = np.arange(n, dtype='i8')
    f['big'] = (np.arange(n) + 256).astype('>i4')
    f['fixed'] = np.array([b'a', b'b'] * 5, dtype='S4')
    f.create_dataset('kind', data=['α', 'β', 'γ'] * 3 + ['α'], dtype=h5py.string_dtype())
    f['quality'] = np.arange(n) / 4
    label = f.create_dataset('meta/label', data=(np.arange(n) % 3).astype('i4'), chunks=(3,), compression='gzip', shuffle=True)
    label.attrs['names'] = ['cat', 'dog', 'owl']
    f['wide'] = np.arange(n).reshape(n, 1)
    f['short'] = np.arange(n - 1)
    f['pairs'] = np.arange(2 * n).reshape(n, 2)
    f['scalar'] = 1
    f['compound'] = np.zeros(n, dtype=[('a', 'i4')])
result = None
`;
