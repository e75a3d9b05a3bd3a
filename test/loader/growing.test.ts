/** Files to which someone appends while they are loaded. */
import { join } from 'node:path';
import {
  createIngester,
  File,
  InvalidOptionError,
  NotFoundError,
  openLoader,
  type Ingester,
  type Loader,
  type LoaderOptions,
  type LoaderState,
} from 'planefeed';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openDatasets } from '#src/chunking/open-dataset.js';
import { epochOrder } from '#src/loader/order.js';
import { openFileSource } from '#src/storage/file-source.js';
import {
  classOf,
  faultsOf,
  height,
  idOf,
  pixelsOf,
  width,
} from '../../scripts/stress-growing/images.js';
import { temporaryDirectory } from '../support/temp.js';

let file: string;
let ingester: Ingester;
/** Appends `count` images and commits them. */
let append: (count: number) => Promise<void>;

beforeEach(async () => {
  file = join(await temporaryDirectory(), 'growing.h5');
  ingester = await createIngester(file, { height, width, durability: 'process' });
  onTestFinished(() => ingester.close());
  append = async (count) => {
    await appendOnly(count);
    await ingester.commit();
  };
});

async function appendOnly(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const image = ingester.count;
    await ingester.append({
      id: idOf(image),
      className: classOf(image),
      pixels: pixelsOf(image),
    });
  }
}

const shuffled: LoaderOptions = { shuffle: 'full', seed: 3, batchSize: 8, verify: 'all' };

/** Image numbers of an epoch, all of whose images are what they must be. */
async function epochOf(loader: Loader): Promise<number[]> {
  const images: number[] = [];
  for await (const batch of loader) {
    expect(faultsOf(batch)).toEqual([]);
    images.push(...batch.indices);
  }
  return images;
}

/** What an epoch must deliver when the file has `n` images. */
function orderOf(epoch: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => epochOrder('full', 3, epoch, n)(i));
}

describe('a file that grows', () => {
  it.each([0, 2])(
    'with follow: each epoch has what was committed by then, %d workers',
    async (workers) => {
      await append(20);
      await using loader = await openLoader(file, { ...shuffled, workers, follow: true });
      expect(await epochOf(loader)).toEqual(orderOf(0, 20));
      await append(700);
      expect(loader.length).toBe(20);
      expect(await epochOf(loader)).toEqual(orderOf(1, 720));
      expect([loader.length, loader.imagesInFile, loader.batchesPerEpoch]).toEqual([720, 720, 90]);
      // Nothing that isn't committed.
      await appendOnly(7);
      expect(await epochOf(loader)).toEqual(orderOf(2, 720));
      expect(loader.stats()).toMatchObject({ unverified: 0 });
    },
  );

  it('with follow: epochs of one iteration grow too, and not in their middle', async () => {
    await append(20);
    await using loader = await openLoader(file, {
      ...shuffled,
      workers: 0,
      epochs: 3,
      follow: true,
    });
    const images: number[] = [];
    for await (const batch of loader) {
      expect(faultsOf(batch)).toEqual([]);
      images.push(...batch.indices);
      if (batch.position === 8) await append(10);
    }
    expect(images).toEqual([...orderOf(0, 20), ...orderOf(1, 30), ...orderOf(2, 40)]);
  });

  it('without follow: stays what it was', async () => {
    await append(20);
    await using loader = await openLoader(file, { ...shuffled, workers: 0 });
    await append(400);
    expect(await epochOf(loader)).toEqual(orderOf(0, 20));
    expect(await epochOf(loader)).toEqual(orderOf(1, 20));
  });

  it('may do so between its opening and that of its datasets', async () => {
    await append(5);
    const source = await openFileSource(file);
    onTestFinished(() => source.close());
    await append(50);
    const datasets = openDatasets(source);
    await datasets.openTogether(['/images', '/labels', '/none']);
    expect((await datasets.open('/images')).shape[0]).toBe(55);
    expect((await datasets.open('/labels')).shape[0]).toBe(55);
    await expect(datasets.open('/none')).rejects.toThrow(NotFoundError);
    await append(1);
    await datasets.refresh();
    expect((await datasets.open('/images')).shape[0]).toBe(56);
  });

  it('may be empty at first', async () => {
    await ingester.commit();
    await using loader = await openLoader(file, { ...shuffled, epochs: Infinity, follow: true });
    expect(await epochOf(loader)).toEqual([]);
    await append(9);
    for await (const batch of loader) {
      expect(faultsOf(batch)).toEqual([]);
      expect(loader.length).toBe(9);
      break;
    }
  });

  it('a state keeps the images of its epoch, the next has those that there are then', async () => {
    await append(20);
    let state: LoaderState | undefined;
    {
      await using loader = await openLoader(file, { ...shuffled, follow: true });
      for await (const batch of loader) {
        state = loader.state();
        if (batch.position === 8) break;
      }
    }
    await append(13);
    await using resumed = await openLoader(file, { ...shuffled, follow: true, state });
    expect(resumed.state()).toEqual(state);
    expect(await epochOf(resumed)).toEqual(orderOf(0, 20).slice(16));
    expect(await epochOf(resumed)).toEqual(orderOf(1, 33));
    expect(resumed.state()).toMatchObject({ n: 33, epoch: 2, position: 0 });
    // Between epochs there is nothing to keep to.
    await append(1);
    const next = await openLoader(file, { ...shuffled, follow: true, state: resumed.state() });
    expect(await epochOf(next)).toEqual(orderOf(2, 34));
    await next.close();
  });

  it('selections and divisions follow: what was selected stays', async () => {
    await append(60);
    const options: LoaderOptions = {
      where: { label: ['class-1'] },
      split: { name: 'train', parts: { train: 0.5, rest: 0.5 } },
      columns: { label: '/labels', id: '/ids' },
      follow: true,
    };
    await using loader = await openLoader(file, options);
    const before = await epochOf(loader);
    await append(300);
    const after = await epochOf(loader);
    expect(before.length).toBeGreaterThan(0);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.length).toBeGreaterThan(2 * before.length);
    expect(after.every((image) => image % 3 === 1)).toBe(true);
  });

  it('an index that is a tree follows, too', async () => {
    const tree = join(await temporaryDirectory(), 'tree.h5');
    using h5 = await File.open(tree, 'w', { journal: true, libver: ['earliest', 'v110'] });
    const images = h5.createDataset('images', {
      ...{ shape: [0, height, width, 3], maxshape: [null, height, width, 3] },
      ...{ chunks: [1, height, width, 1], dtype: 'uint8' },
    });
    const write = (count: number): void => {
      const first = images.shape![0]!;
      images.resize([first + count, height, width, 3]);
      for (let image = first; image < first + count; image++) {
        images.set(image, { data: pixelsOf(image), shape: [height, width, 3] });
      }
      h5.flush();
    };
    write(50);
    await using still = await openLoader(tree, { shuffle: 'full' });
    await using loader = await openLoader(tree, { shuffle: 'full', follow: true });
    for (const n of [50, 300, 303]) {
      write(n - images.shape![0]!);
      let count = 0;
      for await (const { images: pixels, indices } of loader) {
        indices.forEach((image, row) => {
          const expected = pixelsOf(image);
          const at = row * expected.length;
          expect(pixels.subarray(at, at + expected.length)).toEqual(expected);
        });
        count += indices.length;
      }
      expect(count).toBe(n);
    }
    for await (const { images: pixels, indices } of still) {
      expect(pixels.subarray(0, height * width * 3)).toEqual(pixelsOf(indices[0]!));
    }
  });

  it('follow is refused where it can’t be', async () => {
    await append(4);
    const follow = { follow: true } as const;
    await expect(openLoader(file, { ...follow, axes: 'hnwc' })).rejects.toThrow(/first axis/);
    const given = { follow: 'yes' as unknown as boolean };
    await expect(openLoader(file, given)).rejects.toThrow(InvalidOptionError);
  });
});
