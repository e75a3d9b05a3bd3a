import { createHash } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import {
  createIngester,
  openLoader,
  type Loader,
  type LoaderOptions,
  type LoaderState,
} from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openH5 } from '#src/storage/h5.js';
import { pixelOf, writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const COUNT = 45;
const BATCH = 8;

let temp: SharedDirectory;
let file: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count: COUNT });
  await addColumns(file, COUNT);
});
afterAll(() => temp.remove());

const orders: [string, LoaderOptions][] = [
  ['as stored', {}],
  ['full shuffle', { shuffle: 'full', seed: 3 }],
  ['window shuffle', { shuffle: { window: 16 }, seed: 3 }],
  ['a subset', { shuffle: 'full', where: { split: 'train', label: ['class-0', 2] } }],
  ['a split', { shuffle: 'full', split: { name: 'a', parts: { a: 0.7, b: 0.3 } } }],
  ['a list', { images: [40, 3, 17, 5, 29, 11, 8, 0, 1, 2, 44] }],
  ['balanced', { sampling: { balance: 'label' }, where: { split: 'train' }, seed: 1 }],
  ['weighted', { sampling: { weights: 'weight', length: 30 } }],
  ['weighted, without replacement', { sampling: { weights: 'weight', replacement: false } }],
];

describe.each(orders)('a state, %s,', (_name, options) => {
  it('taken at any batch goes on with exactly the next image', async () => {
    const { images, states } = await run({ ...options, epochs: 2 });
    for (const [i, { state, delivered }] of states.entries()) {
      const rest = images.slice(delivered);
      if (rest.length === 0) continue;
      // Other workers, prefetching and batches from one state to the next.
      const again = await run({
        ...options,
        state,
        epochs: 2 - state.epoch,
        workers: i % 6 === 5 ? 1 + (i % 4) : 0,
        prefetch: 1 + ((i * 5) % 16),
        batchSize: 3 + ((i * 7) % 11),
      });
      expect(again.images).toEqual(rest);
      expect(again.states.at(-1)!.state).toEqual({ ...states.at(-1)!.state });
    }
  });
});

describe('the stream of a state', () => {
  it.each([0, 1, 2, 3, 4])('is the same with %i workers', async (workers) => {
    const options = { shuffle: 'full', seed: 9, epochs: 2 } as const;
    const whole = await run(options);
    const { state, delivered } = whole.states[4]!;
    for (const prefetch of [1, 2, 7, 16]) {
      const rest = await run({ ...options, state, workers, prefetch });
      expect(rest.images).toEqual(whole.images.slice(delivered));
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is the same from %i ranks, merged', async (ranks) => {
    const options = { shuffle: 'full', seed: 9, batchSize: 2 } as const;
    const whole = (await run(options)).images;
    const ofRanks = (more: LoaderOptions): Promise<Awaited<ReturnType<typeof run>>[]> =>
      Promise.all(range(ranks).map((rank) => run({ ...options, ...more, rank, ranks })));
    const padding = (ranks - (COUNT % ranks)) % ranks;
    const padded = interleave((await ofRanks({})).map(({ images }) => images));
    expect(padded).toEqual([...whole, ...whole.slice(0, padding)]);
    const dropped = interleave((await ofRanks({ uneven: 'drop' })).map(({ images }) => images));
    expect(dropped).toEqual(whole.slice(0, COUNT - (COUNT % ranks)));
  });

  it('goes on with other ranks: nothing lost, nothing repeated beyond the padding', async () => {
    const options = { shuffle: 'full', seed: 9, batchSize: 4 } as const;
    const whole = (await run(options)).images;
    const first = await Promise.all([0, 1, 2].map((rank) => run({ ...options, rank, ranks: 3 })));
    const { state, delivered } = first[0]!.states[1]!;
    for (const { states } of first) expect(states[1]!.state).toEqual(state);
    const then = await Promise.all(
      range(4).map((rank) => run({ ...options, rank, ranks: 4, state })),
    );
    const merged = [
      ...interleave(first.map(({ images }) => images.slice(0, delivered))),
      ...interleave(then.map(({ images }) => images)),
    ];
    expect(merged).toEqual([...whole, ...whole.slice(0, merged.length - COUNT)]);
    expect(merged.length - COUNT).toBeLessThan(4);
  });
});

describe('loader.state()', () => {
  it('is a few numbers and short texts, the same through JSON', async () => {
    await using loader = await openLoader(file, {
      shuffle: 'full',
      seed: 7,
      images: Uint32Array.from({ length: 40 }, (_, i) => i),
      where: { label: 0 },
    });
    const state = loader.state();
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(JSON.stringify(state).length).toBeLessThan(500);
    expect(state).toMatchObject({ version: 1, n: COUNT, epoch: 0, position: 0 });
    expect(state.order).toMatchObject({ shuffle: '"full"', seed: '7', where: '{"label":[0]}' });
  });

  it('counts the batch at hand as delivered; the one taken before has it again', async () => {
    await using loader = await openLoader(file, { shuffle: 'full', batchSize: BATCH });
    let before = loader.state();
    const positions: [number, number][] = [];
    for await (const batch of loader) {
      expect(before).toMatchObject({ epoch: 0, position: batch.position });
      positions.push([loader.state().epoch, loader.state().position]);
      before = loader.state();
    }
    expect(positions).toEqual([
      [0, 8],
      [0, 16],
      [0, 24],
      [0, 32],
      [0, 40],
      [1, 0],
    ]);
  });

  it('of a loop that was left is where it was left, until the next begins', async () => {
    await using loader = await openLoader(file, { batchSize: BATCH });
    for await (const batch of loader) if (batch.position > 0) break;
    expect(loader.state()).toMatchObject({ epoch: 0, position: 16 });
    for await (const batch of loader) {
      expect(batch).toMatchObject({ epoch: 1, position: 0 });
      break;
    }
    expect(loader.state()).toMatchObject({ epoch: 1, position: 8 });
  });
});

describe('a file that has grown', () => {
  it('goes on with the images that there were', async () => {
    const grown = path.join(temp.path, 'grown.h5');
    await copyFile(file, grown);
    const options = { shuffle: 'full', epochs: 2 } as const;
    const whole = await run(options);
    await append(grown, 30);
    for (const { state, delivered } of [whole.states[0]!, whole.states[5]!]) {
      const rest = await run({ ...options, state, epochs: 2 - state.epoch }, grown);
      expect(rest.images).toEqual(whole.images.slice(delivered));
    }
    await using loader = await openLoader(grown, { ...options, state: whole.states[0]!.state });
    expect(loader).toMatchObject({ length: COUNT, imagesInFile: COUNT });
    await using afresh = await openLoader(grown, options);
    expect(afresh).toMatchObject({ length: COUNT + 30, imagesInFile: COUNT + 30 });
  });

  it('goes on with the images of a subset that there were', async () => {
    const grown = path.join(temp.path, 'grown-subset.h5');
    await copyFile(file, grown);
    const options = { shuffle: 'full', where: { label: [0, 1] } } as const;
    const whole = await run(options);
    await append(grown, 30);
    const { state, delivered } = whole.states[1]!;
    const rest = await run({ ...options, state }, grown);
    expect(rest.images).toEqual(whole.images.slice(delivered));
  });
});

describe('a state is refused', () => {
  const options = { shuffle: 'full', seed: 3, where: { split: 'train' } } as const;
  let state: LoaderState;
  beforeAll(async () => {
    state = await stateOf(file, { shuffle: 'full', seed: 3, where: { split: 'train' } });
  });

  it.each<[string, LoaderOptions, RegExp]>([
    ['shuffle', { shuffle: false }, /the same `shuffle` as in `state`, "full", got the default/],
    ['shuffle', { shuffle: { window: 8 } }, /`shuffle` as in `state`, "full", got {"window":8}/],
    ['seed', { seed: 4 }, /Expected the same `seed` as in `state`, 3, got 4/],
    ['where', { where: { split: 'test' } }, /`where` as in `state`, {"split":\["train"\]}, got/],
    ['images', { images: [1, 2] }, /the same `images` as in `state`, the default, got \[1,2\]/],
    [
      'split',
      { split: { name: 'a', parts: { a: 1 } } },
      /the same `split` as in `state`, the default/,
    ],
    [
      'sampling',
      { sampling: { balance: 'label' } },
      /the same `sampling` as in `state`, the default/,
    ],
  ])('for another %s', async (_name, other, message) => {
    await expect(openLoader(file, { ...options, ...other, state })).rejects.toThrow(message);
  });

  it('for another file of the same kind, or of another', async () => {
    const others: [string, RegExp][] = [
      [
        await otherFile('other.h5', { shift: 1 }),
        /got one with other images \(file .*other.h5, dataset \/images\). To begin afresh, leave `state` out/,
      ],
      [
        await otherFile('small.h5', { height: 4 }),
        /another shape of an image: \[4, 6, 3\], not \[8, 6, 3\]/,
      ],
      [
        await otherFile('short.h5', { count: COUNT - 1 }),
        /with 45 images or more, got one with 44/,
      ],
    ];
    const plain = await stateOf(file, {});
    for (const [other, message] of others) {
      await expect(openLoader(other, { state: plain })).rejects.toThrow(message);
    }
  });

  it('but not for a copy, nor for the same option written otherwise', async () => {
    const copy = path.join(temp.path, 'copy.h5');
    await copyFile(file, copy);
    await using loader = await openLoader(copy, {
      shuffle: 'full',
      seed: 3,
      where: { split: ['train'] },
      state,
    });
    expect(loader.state()).toEqual(state);
  });

  it('where the columns that decide hold other values', async () => {
    const edited = path.join(temp.path, 'edited.h5');
    await copyFile(file, edited);
    await using h5 = await openH5(edited, 'r+');
    h5.writeStrings('/split', 0, ['test']);
    await h5.close();
    await expect(
      openLoader(edited, { shuffle: 'full', seed: 3, where: { split: 'train' }, state }),
    ).rejects.toThrow(/other values in the columns of `where`/);
  });

  it.each([
    ['a text', /what a loader's state\(\) returned, got `a text` \(string\)/],
    [null, /got `null`/],
    [{ version: 2 }, /got version `2`, not 1/],
    [{ version: 1, n: -1 }, /got n `-1`/],
    [{ version: 1, n: 1, epoch: 0, position: 0.5 }, /got position `0.5`/],
    [{ version: 1, n: 1, epoch: 0, position: 0 }, /got parts of it/],
    [
      { version: 1, n: 1, epoch: 0, position: 0, order: {}, selection: '', file: {} },
      /parts of it/,
    ],
  ])('that is %j', async (damaged, message) => {
    const given = damaged as unknown as LoaderState;
    await expect(openLoader(file, { state: given })).rejects.toThrow(message);
  });
});

interface Run {
  /** Number and pixels of each image, in order. */
  readonly images: string[];
  /** After each batch. */
  readonly states: { readonly state: LoaderState; readonly delivered: number }[];
}

async function run(options: LoaderOptions, from: string = file): Promise<Run> {
  await using loader = await openLoader(from, { batchSize: BATCH, workers: 0, ...options });
  return await collect(loader);
}

async function collect(loader: Loader): Promise<Run> {
  const result: Run = { images: [], states: [] };
  for await (const { images, indices } of loader) {
    const size = images.length / indices.length;
    indices.forEach((image, i) => {
      const pixels = createHash('md5').update(images.subarray(i * size, (i + 1) * size));
      result.images.push(`${image} ${pixels.digest('hex')}`);
    });
    const state = JSON.parse(JSON.stringify(loader.state())) as LoaderState;
    result.states.push({ state, delivered: result.images.length });
  }
  return result;
}

async function stateOf(from: string, options: LoaderOptions): Promise<LoaderState> {
  await using loader = await openLoader(from, { workers: 0, ...options });
  return loader.state();
}

/** `/split` has two trains to one test, `/weight` 0, 1, 2, 3, … */
async function addColumns(to: string, count: number): Promise<void> {
  await using h5 = await openH5(to, 'r+');
  h5.createDataset('/split', {
    dtype: 'string',
    shape: [count],
    maxShape: [null],
    chunkShape: [16],
  });
  h5.writeStrings(
    '/split',
    0,
    range(count).map((i) => (i % 3 === 1 ? 'test' : 'train')),
  );
  h5.createDataset('/weight', {
    dtype: 'float32',
    shape: [count],
    maxShape: [null],
    chunkShape: [16],
  });
  h5.writeSlice(
    '/weight',
    [0],
    [count],
    Float32Array.from({ length: count }, (_, i) => i % 7),
  );
}

async function append(to: string, count: number): Promise<void> {
  await using ingester = await createIngester(to, { height: 8, width: 6, durability: 'process' });
  for (let image = COUNT; image < COUNT + count; image++) {
    const pixels = Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) =>
      pixelOf(image, Math.floor(i / 3), i % 3),
    );
    await ingester.append({ id: `image-${image}`, className: `class-${image % 3}`, pixels });
  }
}

async function otherFile(
  name: string,
  { count = COUNT, height = 8, shift = 0 }: { count?: number; height?: number; shift?: number },
): Promise<string> {
  const to = path.join(temp.path, name);
  await using ingester = await createIngester(to, { height, width: 6, durability: 'process' });
  for (let image = 0; image < count; image++) {
    const pixels = Uint8Array.from({ length: height * 6 * 3 }, (_, i) =>
      pixelOf(image + shift, Math.floor(i / 3), i % 3),
    );
    await ingester.append({ id: `image-${image}`, className: `class-${image % 3}`, pixels });
  }
  return to;
}

/** First of each, second of each, … */
function interleave<T>(parts: readonly (readonly T[])[]): T[] {
  return range(parts[0]!.length).flatMap((i) => parts.map((part) => part[i]!));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
