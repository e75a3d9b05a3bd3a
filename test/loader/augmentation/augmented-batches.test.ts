import path from 'node:path';
import fc from 'fast-check';
import {
  File,
  openLoader,
  type CreateDatasetOptions,
  type LoaderOptions,
  type LoaderState,
} from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamDigest } from '#src/loader/node/stream-digest.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../../support/temp.js';
import { deliver, range, type ModelOptions, type StoredImage } from './model.js';
import { countReads } from '../../support/count-reads.js';

const [COUNT, HEIGHT, WIDTH, CHANNELS] = [11, 21, 38, 3];

/** How a dataset of the same images is stored; its axes `nhwc` unless named. */
interface Storage extends Omit<CreateDatasetOptions, 'data'> {
  readonly axes?: string;
  /** Images whose chunks are never written. */
  readonly missing?: number;
}

const storages: Record<string, Storage> = {
  planes: { chunks: [1, HEIGHT, WIDTH, 1] },
  'planes, compressed': { chunks: [1, HEIGHT, WIDTH, 1], compression: 'gzip', shuffle: true },
  'planes, some missing': { chunks: [1, HEIGHT, WIDTH, 1], missing: 4, fillvalue: 7 },
  'planes of several images': { chunks: [4, HEIGHT, WIDTH, 1] },
  pixels: { chunks: [1, HEIGHT, WIDTH, 3] },
  'pixels, compressed': { chunks: [2, HEIGHT, WIDTH, 3], compression: 'gzip' },
  'pixels, some missing': { chunks: [1, HEIGHT, WIDTH, 3], missing: 3, fillvalue: 9 },
  'pixels, contiguous': {},
  'pixels, float32': { chunks: [1, HEIGHT, WIDTH, 3], dtype: 'float32' },
  tiles: { chunks: [1, 8, 16, 2] },
  'tiles, compressed': { chunks: [3, 8, 16, 1], compression: 'gzip' },
  'tiles of int16, big-endian': { chunks: [2, 8, 38, 1], dtype: '>i2' },
  'channels first': { axes: 'nchw', chunks: [1, 3, HEIGHT, WIDTH] },
  'channels first, contiguous': { axes: 'nchw' },
  'images last': { axes: 'cwhn' },
};

let temp: SharedDirectory;
let images: StoredImage[];
beforeAll(async () => {
  temp = await sharedDirectory();
  const values = range(COUNT * HEIGHT * WIDTH * CHANNELS).map(
    (i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 0xff,
  );
  const size = HEIGHT * WIDTH * CHANNELS;
  images = range(COUNT).map((image) => ({
    height: HEIGHT,
    width: WIDTH,
    channels: CHANNELS,
    values: values.slice(image * size, (image + 1) * size),
  }));
  using file = await File.open(fileOf(), 'w');
  for (const [name, { axes = 'nhwc', missing = 0, ...options }] of Object.entries(storages)) {
    const lengths = { n: COUNT, h: HEIGHT, w: WIDTH, c: CHANNELS };
    const shape = Array.from(axes, (axis) => lengths[axis as keyof typeof lengths]);
    const dataset = file.createDataset(name, { shape, dtype: 'uint8', ...options });
    const data = moveAxes(values, axes);
    const rows = [shape[0]! - missing, ...shape.slice(1)];
    dataset.set(`${missing}:`, { data: Int16Array.from(data.slice(missing * size)), shape: rows });
  }
});
afterAll(() => temp.remove());

const fileOf = (): string => path.join(temp.path, 'images.h5');

/** Elements in the order nhwc → in the order of other axes. */
function moveAxes(values: readonly number[], axes: string): number[] {
  const letters = Array.from(axes);
  const lengths: Record<string, number> = { n: COUNT, h: HEIGHT, w: WIDTH, c: CHANNELS };
  const strides: Record<string, number> = {
    n: HEIGHT * WIDTH * CHANNELS,
    h: WIDTH * CHANNELS,
    w: CHANNELS,
    c: 1,
  };
  return letters
    .reduce<number[]>(
      (places, letter) =>
        places.flatMap((place) => range(lengths[letter]!).map((i) => place + i * strides[letter]!)),
      [0],
    )
    .map((place) => values[place]!);
}

/** An image as the file holds it: fill values where nothing was written. */
function storedAs(name: string, image: number): StoredImage {
  const { missing = 0, fillvalue } = storages[name]!;
  const stored = images[image]!;
  if (image >= missing) return stored;
  return { ...stored, values: Array.from(stored.values, () => Number(fillvalue)) };
}

const augmentations = fc.record(
  {
    crop: fc
      .record({
        height: fc.integer({ min: 1, max: HEIGHT + 12 }),
        width: fc.integer({ min: 1, max: WIDTH + 12 }),
        at: fc.constantFrom('random', 'centre'),
        pad: fc.constantFrom(0, 0, 3, 6),
      })
      .map(({ height, width, pad, ...crop }) => ({
        ...crop,
        pad,
        height: Math.min(height, HEIGHT + 2 * pad),
        width: Math.min(width, WIDTH + 2 * pad),
      })),
    flip: fc.constant('horizontal' as const),
    jitter: fc.record(
      {
        brightness: fc.constantFrom(0, 0.3, 2),
        contrast: fc.constantFrom(0.25, 1),
      },
      { requiredKeys: [] },
    ),
    scale: fc.constant(1 / 255),
    std: fc.constant([0.25, 0.2, 0.3]),
  },
  { requiredKeys: [] },
);

const wantedStreams = fc
  .record({
    augmentation: augmentations,
    channels: fc.constantFrom([0, 1, 2], [1], [2, 0], [0, 1, 2, 0], [2, 1, 0, 0, 1]),
    layout: fc.constantFrom('nhwc', 'nchw'),
    dtype: fc.constantFrom('float32', 'uint8', 'int32'),
    seed: fc.maxSafeInteger(),
    batchSize: fc.integer({ min: 1, max: COUNT + 1 }),
    coalesceGap: fc.constantFrom(0, 4096),
  })
  .map(({ augmentation, ...rest }) => {
    const { jitter, scale, std, ...geometry } = augmentation;
    const float = {
      ...(jitter === undefined ? {} : { jitter }),
      ...(scale === undefined ? {} : { scale }),
      ...(std === undefined ? {} : { std: rest.channels.map((channel) => std[channel]) }),
      ...(jitter?.contrast === undefined ? {} : { mean: rest.channels.map((c) => 0.4 + c / 10) }),
    };
    return { ...geometry, ...rest, ...(rest.dtype === 'float32' ? float : {}) };
  });

describe('augmented batches', () => {
  it.each(Object.keys(storages))('are those of a naive model, of %s', async (name) => {
    await fc.assert(
      fc.asyncProperty(wantedStreams, async (wanted) => {
        await expectModel(name, wanted, { workers: 0, shuffle: 'full', epochs: 2 });
      }),
      { numRuns: 15 },
    );
  });

  const everything = {
    crop: { height: 16, width: 20, at: 'random', pad: 2 },
    flip: 'horizontal',
    jitter: { brightness: 0.4, contrast: 0.4 },
    scale: 1 / 255,
    mean: [0.5, 0.4, 0.3],
    std: [0.25, 0.2, 0.3],
    channels: [0, 1, 2],
    layout: 'nhwc',
    dtype: 'float32',
    seed: -3,
  } as const satisfies ModelOptions;

  it('are the same for any number of workers, any batch size, any prefetching', async () => {
    for (const name of ['planes', 'planes, compressed', 'tiles']) {
      const digests = new Set<string>();
      for (const workers of [0, 1, 2]) {
        for (const [batchSize, prefetch] of [
          [1, 1],
          [4, 3],
          [16, 2],
        ] as const) {
          await using loader = await openLoader(fileOf(), {
            ...everything,
            ...{ dataset: `/${name}`, shuffle: 'full', epochs: 3, columns: {} },
            ...{ workers, batchSize, prefetch },
          });
          const digest = streamDigest();
          for await (const batch of loader) digest.add(batch);
          digests.add(digest.hex());
        }
      }
      expect(digests.size).toBe(1);
    }
  });

  it('are the same when a stream goes on from a state', async () => {
    const options = {
      ...everything,
      dataset: '/planes',
      shuffle: 'full' as const,
      epochs: 3,
      columns: {},
    };
    const whole = streamDigest();
    await using loader = await openLoader(fileOf(), { ...options, batchSize: 4, workers: 0 });
    for await (const batch of loader) whole.add(batch);
    const expected = whole.hex();
    for (const batches of [1, 3, 4]) {
      const digest = streamDigest();
      await using first = await openLoader(fileOf(), { ...options, batchSize: 4, workers: 0 });
      let seen = 0;
      for await (const batch of first) {
        digest.add(batch);
        if (++seen === batches) break;
      }
      const state = JSON.parse(JSON.stringify(first.state())) as LoaderState;
      const epochs = batches < 3 ? 3 : 2;
      await using rest = await openLoader(fileOf(), { ...options, epochs, state, workers: 1 });
      for await (const batch of rest) digest.add(batch);
      expect(digest.hex()).toBe(expected);
    }
  });

  it('change from epoch to epoch, and with the seed', async () => {
    const first = await firstImages({ ...everything, epochs: 3 });
    expect(new Set(first.map(String)).size).toBe(3);
    const [other] = await firstImages({ ...everything, seed: 4 });
    expect(other).not.toEqual(first[0]);
  });

  it('have the shape of the crop', async () => {
    const crop = { height: 9, width: 5, at: 'centre' } as const;
    await using loader = await openLoader(fileOf(), { dataset: '/planes', crop, columns: {} });
    expect(loader.imageShape).toEqual([9, 5, 3]);
    for await (const batch of loader) expect(batch.shape).toEqual([COUNT, 9, 5, 3]);
  });

  it('a crop larger than the images is refused', async () => {
    const crop = { height: HEIGHT + 1, width: 1, at: 'centre' } as const;
    await expect(openLoader(fileOf(), { dataset: '/planes', crop })).rejects.toMatchObject({
      tag: 'invalid-option',
      message: expect.stringContaining(`at most ${HEIGHT}`) as string,
    });
  });

  /** Image 0 of each epoch, in stored order. */
  async function firstImages(options: LoaderOptions): Promise<number[][]> {
    await using loader = await openLoader(fileOf(), {
      ...options,
      ...{ dataset: '/planes', batchSize: COUNT, columns: {}, workers: 0 },
    });
    const found: number[][] = [];
    for await (const { images: pixels } of loader) {
      found.push(Array.from(pixels.subarray(0, pixels.length / COUNT)));
    }
    return found;
  }
});

describeWithH5py('augmented batches by the h5wasm lane', () => {
  it('are those of the naive model', async () => {
    const file = path.join(temp.path, 'scaleoffset.h5');
    await h5py.run(
      `
      a = np.array(data['values'], dtype='u1').reshape(data['shape'])
      with h5py.File(data['file'], 'w') as f:
          f.create_dataset('d', data=a, chunks=(1, ${HEIGHT}, ${WIDTH}, 3), scaleoffset=0)
      result = None
      `,
      {
        file,
        values: images.flatMap(({ values }) => Array.from(values)),
        shape: [COUNT, HEIGHT, WIDTH, CHANNELS],
      },
    );
    const wanted = {
      crop: { height: 16, width: 20, at: 'random', pad: 2 },
      flip: 'horizontal',
      channels: [2, 0],
      dtype: 'float32',
      seed: 5,
    } as const;
    for (const layout of ['nhwc', 'nchw'] as const) {
      await using loader = await openLoader(file, {
        ...wanted,
        layout,
        dataset: '/d',
        columns: {},
      });
      expect(loader.lane).toBe('h5wasm');
      for await (const batch of loader) {
        batch.indices.forEach((image, row) => {
          expect(rowOf(batch, row)).toEqual(
            deliver(images[image]!, image, batch.epoch, { ...wanted, layout }),
          );
        });
      }
    }
  });
});

describe('a crop of an uncompressed chunk reads the rows that it needs', () => {
  const crop = { height: 8, width: 10 } as const;
  const plane = (crop.height - 1) * WIDTH + crop.width;

  it.each([
    { name: 'planes', bytes: 3 * plane },
    { name: 'planes of several images', bytes: 3 * plane },
    { name: 'channels first', bytes: 3 * plane },
    { name: 'channels first, contiguous', bytes: 3 * plane },
    { name: 'pixels', bytes: 3 * plane },
    { name: 'pixels, contiguous', bytes: 3 * plane },
  ])('$name: $bytes bytes an image', async ({ name, bytes }) => {
    for (const at of ['random', 'centre'] as const) {
      const options = { dataset: `/${name}`, crop: { ...crop, at }, shuffle: 'full' } as const;
      const { read, stats } = await readsOfEpoch({ ...options, ...axesOf(name), coalesceGap: 0 });
      expect(read).toBe(COUNT * bytes);
      expect(stats).toMatchObject({
        bytesRead: COUNT * bytes,
        bytesWanted: COUNT * 3 * crop.height * crop.width,
      });
    }
  });

  it('planes that lie side by side are one read where the rows between them are fewer than the gap', async () => {
    const near = { dataset: '/planes', crop: { ...crop, at: 'centre' } } as const;
    const { read, requests } = await readsOfEpoch({ ...near, batchSize: 1, prefetch: 1 });
    expect(requests).toBe(COUNT);
    expect(read).toBe(COUNT * (2 * HEIGHT * WIDTH + plane));
  });

  it('nothing is read for what lies in the padding', async () => {
    // The crop holds the first or the last row of the image, or none, by chance.
    const options = {
      dataset: '/planes',
      crop: { height: 2, width: WIDTH, at: 'random', pad: 9 },
      coalesceGap: 0,
    } as const;
    const { read } = await readsOfEpoch(options);
    await using h5 = await openH5(fileOf(), 'r');
    expect(h5.dataset('/planes').shape).toEqual([COUNT, HEIGHT, WIDTH, CHANNELS]);
    expect(read).toBeLessThan(COUNT * 3 * 2 * WIDTH);
  });

  it('of tiles only those that the crop touches are read, compressed or not', async () => {
    // Rows 0 to 7, columns 0 to 15 are the first tile of three rows and three columns.
    const one = { height: 5, width: 6, at: 'centre' } as const;
    for (const name of ['tiles', 'tiles, compressed']) {
      const { stats: whole } = await readsOfEpoch({ dataset: `/${name}`, coalesceGap: 0 });
      const { stats } = await readsOfEpoch({ dataset: `/${name}`, crop: one, coalesceGap: 0 });
      expect(stats.bytesRead).toBeLessThan(whole.bytesRead / 2);
    }
  });
});

function axesOf(name: string): { axes?: string } {
  const { axes } = storages[name]!;
  return axes === undefined ? {} : { axes };
}

/** Streams and compares every image with the model. */
async function expectModel(
  name: string,
  wanted: ModelOptions & LoaderOptions,
  rest: LoaderOptions,
): Promise<void> {
  await using loader = await openLoader(fileOf(), {
    ...wanted,
    ...rest,
    ...axesOf(name),
    ...{ dataset: `/${name}`, columns: {} },
  });
  expect(loader.lane).toBe('fast');
  let seen = 0;
  for await (const batch of loader) {
    batch.indices.forEach((image, row) => {
      const expected = deliver(storedAs(name, image), image, batch.epoch, wanted);
      expect(rowOf(batch, row)).toEqual(expected);
      seen++;
    });
  }
  expect(seen).toBe(COUNT * (rest.epochs ?? 1));
}

function rowOf(
  {
    images: pixels,
    indices,
  }: { images: ArrayLike<number> & Iterable<number>; indices: Uint32Array },
  row: number,
): number[] {
  const size = pixels.length / indices.length;
  // Adding zero leaves no negative zeros.
  return Array.from({ length: size }, (_, i) => pixels[row * size + i]! + 0);
}

/** Runs an epoch in the calling thread and counts the reads that reach the file system. */
async function readsOfEpoch(options: LoaderOptions): Promise<{
  read: number;
  requests: number;
  stats: ReturnType<Awaited<ReturnType<typeof openLoader>>['stats']>;
}> {
  await using loader = await openLoader(fileOf(), { ...options, columns: {}, workers: 0 });
  const lengths = await countReads(async () => {
    for await (const batch of loader) expect(batch.images.length).toBeGreaterThan(0);
  });
  return {
    read: lengths.reduce((a, b) => a + b, 0),
    requests: lengths.length,
    stats: loader.stats(),
  };
}
