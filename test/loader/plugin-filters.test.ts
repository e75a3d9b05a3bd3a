/** Images behind HDF5's plugin filters, on worker threads and without them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openLoader } from 'planefeed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithHdf5plugin, h5py } from '../support/h5py.js';
import { repository } from '../support/probe.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const WRITE = `
  import hdf5plugin
  filters = dict(
      lz4=hdf5plugin.LZ4(), zstd=hdf5plugin.Zstd(),
      bitshuffle=hdf5plugin.Bitshuffle(cname='none'), bitshuffle_lz4=hdf5plugin.Bitshuffle(cname='lz4'),
      bitshuffle_zstd=hdf5plugin.Bitshuffle(cname='zstd'),
      blosc_blosclz=hdf5plugin.Blosc('blosclz'), blosc_lz4=hdf5plugin.Blosc('lz4', shuffle=2),
      blosc_zlib=hdf5plugin.Blosc('zlib'), blosc_zstd=hdf5plugin.Blosc('zstd'),
      blosc2=hdf5plugin.Blosc2())
  a = (np.arange(11 * 40 * 30 * 3).reshape(11, 40, 30, 3) // 50 % 251).astype('u1')
  labels = np.arange(11) * 10
  with h5py.File(data, 'w') as f:
      for name, options in filters.items():
          f.create_dataset(name, data=a, chunks=(1, 40, 30, 1), **options)
          f.create_dataset(name + '_label', data=labels, chunks=(4,), **options)
      f.create_dataset('strings', data=[str(i) for i in labels], chunks=(4,), **filters['zstd'])
  result = a.reshape(11, -1)
`;

describeWithHdf5plugin('images behind plugin filters', () => {
  let temp: SharedDirectory;
  let file: string;
  let expected: number[][];
  beforeAll(async () => {
    temp = await sharedDirectory();
    file = join(temp.path, 'plugins.h5');
    expected = (await h5py.run(WRITE, file)) as number[][];
  });
  afterAll(() => temp.remove());

  it.each([
    ...['lz4', 'zstd', 'bitshuffle', 'bitshuffle_lz4', 'bitshuffle_zstd'],
    ...['blosc_blosclz', 'blosc_lz4', 'blosc_zlib', 'blosc_zstd'],
  ])('%s', async (name) => {
    for (const workers of [0, 2]) {
      await using loader = await openLoader(file, {
        dataset: name,
        columns: { label: `${name}_label` },
        batchSize: 3,
        shuffle: 'full',
        dtype: 'uint8',
        workers,
      });
      expect(loader.lane).toBe('fast');
      let seen = 0;
      for await (const { images, indices, columns } of loader) {
        indices.forEach((image, row) => {
          expect([...images.subarray(row * 3600, (row + 1) * 3600)]).toEqual(expected[image]);
          expect(Number(columns.label![row])).toBe(image * 10);
          seen++;
        });
      }
      expect(seen).toBe(11);
    }
  });

  it('that h5wasm lacks too are refused when opened, not when read', async () => {
    await expect(openLoader(file, { dataset: 'blosc2' })).rejects.toThrow(
      /blosc2 filter \(number 32026\).*h5repack/,
    );
    const columns = { label: 'blosc2_label' };
    await expect(openLoader(file, { dataset: 'lz4', columns })).rejects.toThrow(/blosc2 filter/);
    // Strings are h5wasm's, whatever package there is.
    const strings = { label: 'strings' };
    const opened = openLoader(file, { dataset: 'lz4', columns: strings });
    await expect(opened).rejects.toThrow(/h5wasm can't.*zstd filter \(number 32015\).*h5repack/);
  });

  it('need zstddec only for Zstandard, and say how it is installed', async () => {
    const names = ['zstd', 'bitshuffle_zstd', 'blosc_zstd', 'blosc_lz4', 'bitshuffle_lz4', 'lz4'];
    const messages = await openWithoutZstddec(file, names);
    const missing = (filter: string): unknown =>
      expect.stringMatching(
        new RegExp(`^unsupported-layout .*the ${filter}.* without the package zstddec \\(file `),
      ) as unknown;
    expect(messages).toEqual([
      missing('zstd filter'),
      missing('bitshuffle filter'),
      missing('blosc filter'),
      ...['fast', 'fast', 'fast'],
    ]);
    expect(messages[0]).toMatch(/\. Install it: npm install zstddec$/);
  });
});

/** In a process where the package isn't found: the lane of each dataset, or why there is none. */
async function openWithoutZstddec(file: string, datasets: readonly string[]): Promise<string[]> {
  const hook = `export async function resolve(name, context, next) {
    if (name !== 'zstddec') return next(name, context);
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
  const program = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
    const { openLoader } = await import('planefeed');
    const results = [];
    for (const dataset of ${JSON.stringify(datasets)}) {
      try {
        const loader = await openLoader(${JSON.stringify(file)}, { dataset, columns: {} });
        for await (const batch of loader) batch.images;
        results.push(loader.lane);
        await loader.close();
      } catch (error) {
        results.push(error.tag + ' ' + error.message);
      }
    }
    console.log(JSON.stringify(results));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { cwd: repository },
  );
  return JSON.parse(stdout) as string[];
}
