import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { openLoader, type Batch, type LoaderOptions } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { epochOrder } from '#src/loader/order.js';
import { pixelOf, writeImageFile } from '../support/image-files.js';
import { sharedDirectory, temporaryDirectory, type SharedDirectory } from '../support/temp.js';

const COUNT = 50;
const PIXELS = 8 * 6;

let temp: SharedDirectory;
let file: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count: COUNT });
});
afterAll(() => temp.remove());

describe.each([0, 1, 2])('a loader with %i workers', (workers) => {
  it('delivers every image, label and number, in stored order by default', async () => {
    await using loader = await openLoader(file, { batchSize: 16, workers });
    expect(loader).toMatchObject({
      length: COUNT,
      batchesPerEpoch: 4,
      imageShape: [8, 6, 3],
      dtype: 'uint8',
      lane: 'fast',
      laneReason: undefined,
    });
    const batches = await snapshots(loader);
    expect(batches.map(({ shape }) => shape)).toEqual([
      [16, 8, 6, 3],
      [16, 8, 6, 3],
      [16, 8, 6, 3],
      [2, 8, 6, 3],
    ]);
    expect(batches.flatMap(({ indices }) => indices)).toEqual(range(COUNT));
    expect(batches.flatMap(({ label }) => label)).toEqual(range(COUNT).map((i) => i % 3));
    expect(batches.flatMap(({ images }) => images)).toEqual(
      range(COUNT).flatMap((image) => nhwc(image, [0, 1, 2])),
    );
  });

  it.each([
    { layout: 'nhwc', channels: [2, 0] },
    { layout: 'nchw', channels: [0, 1, 2] },
    { layout: 'nhwc', channels: [1] },
    { layout: 'nhwc', channels: [0, 1, 2, 0, 1] },
  ] as const)('delivers channels $channels as $layout', async (options) => {
    for (const dtype of ['uint8', 'int32', 'float32'] as const) {
      await using loader = await openLoader(file, { batchSize: 7, workers, dtype, ...options });
      const batches = await snapshots(loader);
      const place = options.layout === 'nhwc' ? nhwc : nchw;
      expect(batches.flatMap(({ images }) => images)).toEqual(
        range(COUNT).flatMap((image) => place(image, options.channels)),
      );
    }
  });

  it('scales and normalises float32 per channel, in single precision', async () => {
    const [scale, mean, std] = [1 / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];
    await using loader = await openLoader(file, { workers, dtype: 'float32', scale, mean, std });
    const images = (await snapshots(loader)).flatMap((batch) => batch.images);
    const expected = range(COUNT).flatMap((image) =>
      nhwc(image, [0, 1, 2]).map((value, i) => {
        const multiplied = Math.fround(value * Math.fround(scale / std[i % 3]!));
        return Math.fround(multiplied + Math.fround(-mean[i % 3]! / std[i % 3]!));
      }),
    );
    expect(images).toEqual(expected);
  });

  it.each([{ shuffle: 'full' }, { shuffle: { window: 16 } }] as const)(
    'delivers the order of the epoch with shuffle $shuffle',
    async ({ shuffle }) => {
      await using loader = await openLoader(file, {
        batchSize: 8,
        shuffle,
        seed: 7,
        epochs: 2,
        workers,
      });
      for (const first of [0, 2]) {
        const batches = await snapshots(loader);
        const orders = [first, first + 1].flatMap((epoch) => {
          const order = epochOrder(shuffle, 7, epoch, COUNT);
          return range(COUNT).map((position) => order(position));
        });
        expect(batches.flatMap(({ indices }) => indices)).toEqual(orders);
        expect(batches.flatMap(({ images }) => images)).toEqual(
          orders.flatMap((image) => nhwc(image, [0, 1, 2])),
        );
        expect(batches.map(({ epoch }) => epoch)).toEqual([
          ...Array<number>(7).fill(first),
          ...Array<number>(7).fill(first + 1),
        ]);
      }
    },
  );

  it('leaves out the last batch with dropLast', async () => {
    await using loader = await openLoader(file, { batchSize: 16, dropLast: true, workers });
    expect(loader.batchesPerEpoch).toBe(3);
    expect(await snapshots(loader)).toHaveLength(3);
  });

  it('goes on with the next epoch after a break, and gives all memory back', async () => {
    await using loader = await openLoader(file, { batchSize: 4, shuffle: 'full', workers });
    const epochs: number[] = [];
    for (let i = 0; i < 3; i++) {
      for await (const batch of loader) {
        epochs.push(batch.epoch);
        if (i < 2) break;
      }
    }
    expect(epochs).toEqual([0, 1, ...Array<number>(13).fill(2)]);
    const used = loader.stats().memoryUsed;
    let batchBytes = 0;
    const breaks = 20;
    for (let i = 0; i < breaks; i++) {
      for await (const batch of loader) {
        batchBytes = batch.images.byteLength;
        if (batch.position > 8) break;
      }
    }
    // Breaking out doesn't wait for what workers are at. The executor may have made room for more tasks.
    await vi.waitFor(() => {
      expect(loader.stats().memoryUsed - used).toBeLessThan((breaks / 2) * batchBytes);
    });
  });

  it('keeps retained batches as they are until they are released', async () => {
    await using loader = await openLoader(file, {
      batchSize: 5,
      shuffle: 'full',
      epochs: 3,
      workers,
    });
    const kept: { batch: Batch; images: number[] }[] = [];
    for await (const batch of loader) {
      kept.push({ batch: batch.retain(), images: Array.from(batch.images) });
    }
    expect(kept).toHaveLength(30);
    for (const { batch, images } of kept) expect(Array.from(batch.images)).toEqual(images);
    const before = loader.stats().memoryUsed;
    for (const { batch } of kept) batch.release();
    kept[0]!.batch.release();
    expect(before - loader.stats().memoryUsed).toBeGreaterThanOrEqual(30 * 5 * PIXELS * 3);
  });

  it('says so when retained batches reach the limit, and goes on once they are released', async () => {
    const memoryLimit = 2 ** 18;
    await using loader = await openLoader(file, {
      batchSize: 50,
      epochs: Infinity,
      workers,
      memoryLimit,
    });
    const kept: Batch[] = [];
    const retainAll = async (): Promise<void> => {
      for await (const batch of loader) kept.push(batch.retain());
    };
    await expect(retainAll()).rejects.toMatchObject({
      tag: 'memory-limit',
      message: expect.stringContaining(`limit of ${memoryLimit} bytes`) as string,
    });
    expect(kept.length).toBeGreaterThan(3);
    for (const batch of kept) batch.release();
    for await (const batch of loader) {
      expect(batch.images).toHaveLength(COUNT * PIXELS * 3);
      break;
    }
  });

  it('ends with the reason of its signal, at once', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    await using loader = await openLoader(file, {
      epochs: Infinity,
      workers,
      signal: controller.signal,
    });
    let batches = 0;
    const consume = async (): Promise<void> => {
      for await (const batch of loader) {
        batches += batch.shape[0] > 0 ? 1 : 0;
        if (batches === 5) controller.abort(reason);
      }
    };
    await expect(consume()).rejects.toBe(reason);
    expect(batches).toBe(5);
  });

  it('lets timers and signals through, however long it runs', async () => {
    const controller = new AbortController();
    const reason = new Error('time is up');
    setTimeout(() => {
      controller.abort(reason);
    }, 20);
    const { signal } = controller;
    await using loader = await openLoader(file, { epochs: Infinity, workers, signal });
    await expect(snapshots(loader)).rejects.toBe(reason);
  });

  it('refuses to go on after close', async () => {
    const loader = await openLoader(file, { batchSize: 4, workers });
    const iterator = loader[Symbol.asyncIterator]();
    const first = await iterator.next();
    await loader.close();
    await loader.close();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(first.done).toBe(false);
    await expect(snapshots(loader)).rejects.toMatchObject({ tag: 'closed' });
  });

  it('names the file, dataset, image and offset when the file is cut short under it', async () => {
    const copy = path.join(await temporaryDirectory(), 'cut.h5');
    await writeImageFile(copy, { count: 200 });
    await using loader = await openLoader(copy, { batchSize: 100, workers, prefetch: 1 });
    // The first epoch reads the chunk index, which is kept.
    await snapshots(loader);
    await truncate(copy, 8000);
    await expect(snapshots(loader)).rejects.toMatchObject({
      name: 'CorruptFileError',
      tag: 'corrupt-file',
      message: expect.stringMatching(
        new RegExp(
          `the file ends there \\(file ${copy}, dataset /images, image \\d+, byte \\d+\\)`,
        ),
      ) as string,
    });
  });

  it('delivers the same for any prefetch and memory limit', async () => {
    const options = { batchSize: 3, shuffle: 'full', seed: 3, epochs: 2, workers } as const;
    const expected = await load(options);
    expect(await load({ ...options, prefetch: 1 })).toEqual(expected);
    expect(await load({ ...options, prefetch: 40 })).toEqual(expected);
    expect(await load({ ...options, prefetch: 40, memoryLimit: 70_000 })).toEqual(expected);
    expect(await load({ ...options, coalesceGap: 0 })).toEqual(expected);
  });
});

describe('openLoader', () => {
  it('delivers the columns asked for, strings too', async () => {
    const columns = { id: '/ids', crc: '/checksums', label: '/labels' };
    await using loader = await openLoader(file, { batchSize: 2, shuffle: 'full', columns });
    for await (const batch of loader) {
      const [a, b] = batch.indices;
      expect(batch.columns.id).toEqual([`image-${a}`, `image-${b}`]);
      expect(batch.columns.label).toEqual(Int32Array.of(a! % 3, b! % 3));
      expect(batch.columns.crc).toBeInstanceOf(Uint32Array);
      expect(batch.columns.crc).toHaveLength(6);
    }
    expect(await loader.classNames()).toEqual(['class-0', 'class-1', 'class-2']);
    expect(await loader.classNames('id')).toBeUndefined();
  });

  it('has no batches for a file without images', async () => {
    const empty = await writeImageFile(path.join(temp.path, 'empty.h5'), { count: 0 });
    await using loader = await openLoader(empty, { epochs: Infinity });
    expect(await snapshots(loader)).toEqual([]);
    expect(loader.batchesPerEpoch).toBe(0);
  });

  it.each<[string, LoaderOptions, RegExp]>([
    ['batchSize', { batchSize: 0 }, /Expected `batchSize` to be an integer from 1 up, got `0`/],
    ['prefetch', { prefetch: 1.5 }, /Expected `prefetch` to be an integer from 1 up, got `1.5`/],
    ['workers', { workers: -1 }, /Expected `workers` to be an integer from 0 up/],
    ['epochs', { epochs: 0 }, /Expected `epochs`/],
    ['channels', { channels: [0, 3] }, /Expected `channels` to be one or more numbers from 0 to 2/],
    ['channels', { channels: [] }, /Expected `channels`/],
    ['dtype', { dtype: 'uint8', scale: 2 }, /Expected `dtype` float32 with `scale`/],
    ['mean', { dtype: 'float32', mean: [1, 2] }, /Expected `mean` to be one number or one per/],
    ['std', { dtype: 'float32', std: 0 }, /Expected `std` to be other than 0/],
    ['shuffle', { shuffle: { window: 0 } }, /Expected `shuffle.window`/],
    ['shuffle', { shuffle: 'yes' as 'full' }, /Expected `shuffle` to be false, 'full' or/],
    ['layout', { layout: 'hwc' as 'nhwc' }, /Expected `layout` to be one of nhwc, nchw/],
    ['axes', { axes: 'nhw' }, /Expected `axes`/],
    ['columns', { columns: { label: '/missing' } }, /missing/],
    ['dataset', { dataset: '/missing' }, /missing/],
    [
      'memoryLimit',
      { memoryLimit: 65536, batchSize: 1000, dtype: 'float32' },
      /room for one batch/,
    ],
  ])('refuses %s: %o', async (_name, options, message) => {
    await expect(openLoader(file, options)).rejects.toThrow(message);
  });

  it('says what is missing when there is no file', async () => {
    await expect(openLoader(path.join(temp.path, 'none.h5'))).rejects.toMatchObject({
      tag: 'not-found',
      place: { file: path.join(temp.path, 'none.h5') },
    });
  });

  it('lets one iteration run at a time: the next ends the one before, which is told when it asks', async () => {
    await using loader = await openLoader(file, { batchSize: 10 });
    const before = loader[Symbol.asyncIterator]();
    await before.next();
    await before.next();
    expect(await snapshots(loader)).toHaveLength(5);
    await expect(before.next()).rejects.toMatchObject({
      tag: 'closed',
      message: expect.stringContaining('one iteration at a time') as string,
    });
  });
});

async function load(options: LoaderOptions): Promise<Snapshot[]> {
  await using loader = await openLoader(file, options);
  return await snapshots(loader);
}

interface Snapshot {
  readonly epoch: number;
  readonly shape: readonly number[];
  readonly indices: number[];
  readonly label: number[];
  readonly images: number[];
}

/** Copies of all batches: the arrays themselves are valid only until the next batch. */
async function snapshots(loader: AsyncIterable<Batch>): Promise<Snapshot[]> {
  const all: Snapshot[] = [];
  for await (const { epoch, shape, indices, columns, images } of loader) {
    all.push({
      epoch,
      shape,
      indices: Array.from(indices),
      label: Array.from(columns.label ?? [], Number),
      images: Array.from(images),
    });
  }
  return all;
}

function nhwc(image: number, channels: readonly number[]): number[] {
  return range(PIXELS).flatMap((pixel) => channels.map((c) => pixelOf(image, pixel, c)));
}

function nchw(image: number, channels: readonly number[]): number[] {
  return channels.flatMap((c) => range(PIXELS).map((pixel) => pixelOf(image, pixel, c)));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
