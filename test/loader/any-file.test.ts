import path from 'node:path';
import { openLoader, type LoaderOptions } from 'planefeed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

interface Case {
  readonly name: string;
  /** Creates `d` in the open file `f`; `a` holds the values, `[11, 6, 5, 3]` in the order n, h, w, c. */
  readonly create: string;
  /** Puts the values of `d` back in the order n, h, w, c. */
  readonly nhwc?: string;
  readonly options?: LoaderOptions;
  readonly libver?: string;
  readonly lane?: 'fast' | 'h5wasm';
  readonly reason?: string;
}

const cases: Case[] = [
  { name: 'contiguous', create: `f.create_dataset('d', data=a)` },
  { name: 'one chunk a plane', create: `f.create_dataset('d', data=a, chunks=(1, 6, 5, 1))` },
  { name: 'one chunk an image', create: `f.create_dataset('d', data=a, chunks=(1, 6, 5, 3))` },
  { name: 'several images a chunk', create: `f.create_dataset('d', data=a, chunks=(4, 6, 5, 3))` },
  {
    name: 'several images of one channel a chunk',
    create: `f.create_dataset('d', data=a, chunks=(4, 6, 5, 1))`,
  },
  { name: 'tiles', create: `f.create_dataset('d', data=a, chunks=(2, 4, 3, 2))` },
  {
    name: 'chunks larger than an image',
    create: `f.create_dataset('d', data=a, chunks=(2, 8, 7, 3), maxshape=(None, None, None, 3))`,
    lane: 'fast',
  },
  {
    name: 'gzip',
    create: `f.create_dataset('d', data=a, chunks=(1, 6, 5, 1), compression='gzip')`,
  },
  {
    name: 'shuffle, gzip, fletcher32, several images a chunk',
    create: `f.create_dataset('d', data=a, chunks=(3, 6, 5, 2), compression='gzip', shuffle=True, fletcher32=True)`,
  },
  {
    name: 'lzf',
    create: `f.create_dataset('d', data=a, chunks=(1, 6, 5, 3), compression='lzf')`,
  },
  {
    name: 'scaleoffset',
    create: `f.create_dataset('d', data=a, chunks=(1, 6, 5, 3), scaleoffset=8)`,
    lane: 'h5wasm',
    reason: 'scaleoffset',
  },
  {
    name: 'scaleoffset, images last',
    create: `f.create_dataset('d', data=a.transpose(3, 1, 2, 0), chunks=(3, 6, 5, 4), scaleoffset=8)`,
    nhwc: 'd.transpose(3, 1, 2, 0)',
    options: { axes: 'chwn' },
    lane: 'h5wasm',
    reason: 'scaleoffset',
  },
  {
    name: 'scaleoffset, rank 3, big-endian',
    create: `f.create_dataset('d', data=a[..., 0].astype('>i2') - 100, chunks=(2, 6, 5), scaleoffset=0)`,
    nhwc: 'd[..., None]',
    lane: 'h5wasm',
    reason: 'scaleoffset',
  },
  {
    name: 'gzip and missing chunks',
    create: `d = f.create_dataset('d', (11, 6, 5, 3), 'u1', chunks=(1, 6, 5, 1), compression='gzip', fillvalue=9); d[3] = a[3]; d[7, :, :, 1] = a[7, :, :, 1]`,
  },
  {
    name: 'missing chunks and a fill value',
    create: `d = f.create_dataset('d', (11, 6, 5, 3), 'u1', chunks=(2, 3, 5, 3), fillvalue=7); d[4] = a[4]`,
  },
  {
    name: 'nothing allocated',
    create: `f.create_dataset('d', (11, 6, 5, 3), 'u1', chunks=(1, 6, 5, 1), fillvalue=5)`,
  },
  {
    name: 'nchw',
    create: `f.create_dataset('d', data=a.transpose(0, 3, 1, 2), chunks=(1, 1, 6, 5))`,
    nhwc: 'd.transpose(0, 2, 3, 1)',
    options: { axes: 'nchw' },
  },
  {
    name: 'nchw, contiguous',
    create: `f.create_dataset('d', data=a.transpose(0, 3, 1, 2))`,
    nhwc: 'd.transpose(0, 2, 3, 1)',
    options: { axes: 'nchw' },
  },
  {
    name: 'images last',
    create: `f.create_dataset('d', data=a.transpose(3, 2, 1, 0), chunks=(3, 5, 6, 4))`,
    nhwc: 'd.transpose(3, 2, 1, 0)',
    options: { axes: 'cwhn' },
  },
  {
    name: 'rank 3',
    create: `f.create_dataset('d', data=a[..., 1], chunks=(2, 6, 5))`,
    nhwc: 'd[..., None]',
  },
  ...['i1', 'u2', '>i2', 'i4', '>u4', 'i8', '>f2', '<f4', '>f4', 'f8'].map((dtype) => ({
    name: `dtype ${dtype}`,
    create: `f.create_dataset('d', data=(a.astype('f8') * 0.5 - 20).astype('${dtype}'), chunks=(1, 6, 5, 1))`,
  })),
  { name: 'bool', create: `f.create_dataset('d', data=a > 100, chunks=(1, 6, 5, 3))` },
  {
    name: 'float32, several images a chunk, gzip',
    create: `f.create_dataset('d', data=a.astype('f4') / 7, chunks=(5, 2, 5, 3), compression='gzip')`,
  },
  {
    name: 'two unlimited dimensions',
    libver: 'v110',
    create: `f.create_dataset('d', data=a, chunks=(1, 6, 5, 1), maxshape=(None, None, 5, 3))`,
  },
];

describeWithH5py('any file that h5py writes', () => {
  let temp: SharedDirectory;
  beforeAll(async () => {
    temp = await sharedDirectory();
  });
  afterAll(() => temp.remove());

  it.each(cases)(
    '$name',
    async ({ name, create, nhwc = 'd', options = {}, libver = 'earliest', lane, reason }) => {
      const file = path.join(temp.path, `${name.replaceAll(/\W+/g, '-')}.h5`);
      const expected = (await h5py.run(
        `
      rng = np.random.default_rng(1)
      a = rng.integers(0, 255, (11, 6, 5, 3), dtype='u1')
      with h5py.File(data['file'], 'w', libver=(data['libver'], 'v114')) as f:
          exec(data['create'])
          f['label'] = np.arange(11) * 10
      with h5py.File(data['file']) as f:
          d = f['d'][...]
          result = eval(data['nhwc']).astype('f4').reshape(11, -1)
      `,
        { file, create, nhwc, libver },
      )) as number[][];
      const channels = name.includes('rank 3') ? [0] : [2, 1];
      for (const workers of [0, 1]) {
        for (const layout of ['nhwc', 'nchw'] as const) {
          await using loader = await openLoader(file, {
            dataset: '/d',
            columns: { label: '/label' },
            batchSize: 4,
            shuffle: 'full',
            dtype: 'float32',
            workers,
            layout,
            channels,
            ...options,
          });
          expect(loader.lane).toBe(lane ?? 'fast');
          if (reason !== undefined) expect(loader.laneReason).toContain(reason);
          let seen = 0;
          for await (const batch of loader) {
            const size = batch.images.length / batch.indices.length;
            batch.indices.forEach((image, row) => {
              const pixels = Array.from(batch.images.subarray(row * size, (row + 1) * size));
              expect(pixels).toEqual(select(expected[image]!, channels, layout));
              expect(Number(batch.columns.label![row])).toBe(image * 10);
              seen++;
            });
          }
          expect(seen).toBe(11);
        }
      }
    },
  );
});

/** Channels of an image of 6 × 5 pixels, in a layout. */
function select(image: number[], channels: readonly number[], layout: 'nhwc' | 'nchw'): number[] {
  const stored = image.length / 30;
  const pixels = Array.from({ length: 30 }, (_, i) => i);
  return layout === 'nhwc'
    ? pixels.flatMap((pixel) => channels.map((c) => image[pixel * stored + c]!))
    : channels.flatMap((c) => pixels.map((pixel) => image[pixel * stored + c]!));
}
