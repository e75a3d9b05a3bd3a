import { open } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import {
  File,
  openLoader,
  type CorruptFileError,
  type Loader,
  type LoaderOptions,
} from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '#src/chunking/open-dataset.js';
import { createCorruptionPolicy, type CorruptImage } from '#src/loader/corruption.js';
import { openFileSource } from '#src/storage/file-source.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { pixelOf, writeImageFile } from '../support/image-files.js';
import { sharedDirectory, temporaryDirectory, type SharedDirectory } from '../support/temp.js';

const [COUNT, HEIGHT, WIDTH] = [60, 8, 6];

let temp: SharedDirectory;
let sound: string;
/** Planes 7/1 and 40/2 have another byte. */
let damaged: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  sound = await writeImageFile(path.join(temp.path, 'sound.h5'), { count: COUNT });
  damaged = await writeImageFile(path.join(temp.path, 'damaged.h5'), { count: COUNT });
  await damage(damaged, 7, 1);
  await damage(damaged, 40, 2);
});
afterAll(() => temp.remove());

describe.each([0, 2])('with %i workers', (workers) => {
  const options = { workers, batchSize: 8, verify: 'all' } as const;

  it('all planes of a sound file are verified', async () => {
    const { stats, images } = await load(sound, options);
    expect(images).toHaveLength(COUNT);
    expect(stats).toMatchObject({ verified: 3 * COUNT, unverified: 0, corrupt: 0 });
  });

  it('a damaged plane is an error that names image, channel and byte', async () => {
    const { offset } = await locate(damaged, 7, 1);
    const failure: unknown = await load(damaged, options).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      tag: 'corrupt-file',
      place: { file: damaged, dataset: '/images', image: 7, channel: 1, offset },
    });
    expect((failure as CorruptFileError).message).toMatch(
      /^Expected the plane's checksum to be [0-9a-f]{8}, as the file has it, got [0-9a-f]{8} \(file .*image 7, channel 1, byte \d+\)\. .*`onCorrupt`/,
    );
  });

  it('batches before the damaged one are delivered', async () => {
    await using loader = await openLoader(damaged, { ...options, batchSize: 3 });
    const delivered: number[] = [];
    await expect(
      (async () => {
        for await (const batch of loader) delivered.push(...batch.indices);
      })(),
    ).rejects.toMatchObject({ place: { image: 7 } });
    expect(delivered).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('only the channels delivered are looked at', async () => {
    const { stats } = await load(damaged, { ...options, channels: [0] });
    expect(stats).toMatchObject({ verified: COUNT, corrupt: 0 });
    const other = load(damaged, { ...options, channels: [2, 1] });
    await expect(other).rejects.toMatchObject({ place: { image: 7, channel: 1 } });
  });

  it('off delivers what is there', async () => {
    const { images, stats } = await load(damaged, { ...options, verify: 'off' });
    expect(images).toHaveLength(COUNT);
    expect(stats).toMatchObject({ verified: 0, unverified: 0, corrupt: 0 });
  });

  it('replaces damaged images by the next of their batch, with number, columns and pixels', async () => {
    const { images, labels, pixels, stats } = await load(damaged, {
      ...options,
      onCorrupt: { action: 'replace', budget: 2 },
    });
    const expected = Array.from({ length: COUNT }, (_, image) => image);
    // 7 is the last of its batch: the first stands in.
    expected[7] = 0;
    expected[40] = 41;
    expect(images).toEqual(expected);
    expect(labels).toEqual(expected.map((image) => image % 3));
    expect(pixels).toEqual(expected.map(pixelsOf));
    expect(stats).toMatchObject({ corrupt: 2, replaced: 2, skipped: 0, images: COUNT });
  });

  it('skips damaged images', async () => {
    const { images, labels, pixels, stats } = await load(damaged, {
      ...options,
      onCorrupt: { action: 'skip', budget: 2 },
    });
    const expected = Array.from({ length: COUNT }, (_, image) => image).filter(
      (image) => image !== 7 && image !== 40,
    );
    expect(images).toEqual(expected);
    expect(labels).toEqual(expected.map((image) => image % 3));
    expect(pixels).toEqual(expected.map(pixelsOf));
    expect(stats).toMatchObject({ corrupt: 2, replaced: 0, skipped: 2, images: COUNT - 2 });
  });

  it('leaves out batches that are skipped as a whole', async () => {
    const skip = { action: 'skip', budget: 2 } as const;
    const { images, stats } = await load(damaged, { ...options, batchSize: 1, onCorrupt: skip });
    expect(images).toHaveLength(COUNT - 2);
    expect(stats.batches).toBe(COUNT - 2);
  });

  it('more damaged images than the budget are an error, the same one again is not', async () => {
    const skip = (budget: number): LoaderOptions => ({
      ...options,
      epochs: 3,
      onCorrupt: { action: 'skip', budget },
    });
    expect((await load(damaged, skip(2))).stats).toMatchObject({ corrupt: 6, skipped: 6 });
    await expect(load(damaged, skip(1))).rejects.toMatchObject({
      place: { image: 40, channel: 2 },
      advice: 'More than the `budget` of 1 images are damaged',
    });
  });
});

describe('a sample', () => {
  it('is a function of seed, epoch and image', async () => {
    const common = { batchSize: 7, epochs: 40, shuffle: 'full' } as const;
    const { stats } = await load(sound, common);
    expect(stats.verified).toBeGreaterThan(0);
    expect(stats.verified).toBeLessThan((40 * 3 * COUNT) / 10);
    const others: LoaderOptions[] = [
      { workers: 0 },
      { workers: 3, prefetch: 1 },
      { batchSize: 11 },
      { shuffle: { window: 20 } },
    ];
    for (const other of others) {
      expect((await load(sound, { ...common, ...other })).stats.verified).toBe(stats.verified);
    }
    const seeds = await Promise.all(
      [1, 2, 3].map(async (seed) => (await load(sound, { ...common, seed })).stats.verified),
    );
    expect(new Set([stats.verified, ...seeds]).size).toBeGreaterThan(1);
  });

  it('finds the damage in time', async () => {
    const forever = load(damaged, { epochs: 2000, batchSize: COUNT, workers: 1 });
    await expect(forever).rejects.toMatchObject({ tag: 'corrupt-file' });
  });
});

describe('what can’t be verified is counted', () => {
  it('a file without checksums', async () => {
    const file = await writeFile({ chunks: [1, HEIGHT, WIDTH, 1], checksums: false });
    const { stats } = await load(file, { verify: 'all' });
    expect(stats).toMatchObject({ verified: 0, unverified: 3 * COUNT });
  });

  it('crops, where only a part is read', async () => {
    const crop = { height: 5, width: WIDTH, at: 'random' } as const;
    const { stats } = await load(damaged, { verify: 'all', crop });
    expect(stats).toMatchObject({ verified: 0, unverified: 3 * COUNT });
    const filtered = await writeFile({ chunks: [1, HEIGHT, WIDTH, 1], compression: 'gzip' });
    const whole = await load(filtered, { verify: 'all', crop });
    expect(whole.stats).toMatchObject({ verified: 3 * COUNT, unverified: 0 });
  });
});

describe('any layout', () => {
  it.each([
    { name: 'images', chunks: [1, HEIGHT, WIDTH, 3] },
    { name: 'several images', chunks: [7, HEIGHT, WIDTH, 1] },
    { name: 'parts', chunks: [2, 3, 4, 2] },
    { name: 'parts, compressed', chunks: [2, 3, 4, 2], compression: 'gzip' },
  ] as const)('chunks of $name', async ({ chunks, ...filters }) => {
    const file = await writeFile({ chunks, ...filters });
    const { stats } = await load(file, { verify: 'all' });
    expect(stats).toMatchObject({ verified: 3 * COUNT, unverified: 0 });
    const wrong = await writeFile({ chunks, ...filters, wrong: 17 });
    await expect(load(wrong, { verify: 'all' })).rejects.toMatchObject({
      place: { image: 17, channel: 0 },
    });
  });
});

describeWithH5py('a file that the HDF5 library reads', () => {
  it('is verified too; where its planes lie isn’t known', async () => {
    const file = path.join(await temporaryDirectory(), 'scaleoffset.h5');
    const pixels = Array.from({ length: 5 }, (_, image) => pixelsOf(image));
    const sums = checksumsOf(pixels);
    sums[10]! ^= 1;
    await h5py.run(
      `
import h5py, numpy as np
with h5py.File(data['file'], 'w') as f:
    pixels = np.array(data['pixels'], 'u1').reshape(5, ${HEIGHT}, ${WIDTH}, 3)
    f.create_dataset('images', data=pixels, chunks=(1, ${HEIGHT}, ${WIDTH}, 1), scaleoffset=0)
    f['checksums'] = np.array(data['sums'], 'u4').reshape(5, 3)
result = None
`,
      { file, pixels, sums: sums.map((sum) => sum >>> 0) },
    );
    const failure: unknown = await load(file, { verify: 'all' }).catch((error: unknown) => error);
    expect((failure as CorruptFileError).place).toEqual({
      ...{ file, dataset: '/images', image: 3, channel: 1 },
    });
    const skip = { action: 'skip', budget: 1 } as const;
    const { images, stats } = await load(file, { verify: 'all', onCorrupt: skip });
    expect(images).toEqual([0, 1, 2, 4]);
    expect(stats).toMatchObject({ verified: 15, skipped: 1 });
  });
});

describe('a chunk that can’t be decoded', () => {
  let file: string;
  beforeAll(async () => {
    file = await writeFile(
      { chunks: [1, HEIGHT, WIDTH, 1], compression: 'gzip' },
      path.join(temp.path, 'filtered.h5'),
    );
    await damage(file, 20, 1);
  });

  it.each([0, 2])('is an error that names the image, with %i workers', async (workers) => {
    const { offset } = await locate(file, 20, 1);
    await expect(load(file, { verify: 'off', workers })).rejects.toMatchObject({
      tag: 'corrupt-file',
      reason: 'The chunk cannot be decoded',
      place: { image: 20, offset },
    });
  });

  it.each([0, 2])('is damage that can be skipped, with %i workers', async (workers) => {
    const skip = { action: 'skip', budget: 1 } as const;
    const { images, pixels, stats } = await load(file, { verify: 'off', workers, onCorrupt: skip });
    expect(images).toHaveLength(COUNT - 1);
    expect(images).not.toContain(20);
    expect(pixels).toEqual(images.map(pixelsOf));
    expect(stats).toMatchObject({ corrupt: 1, skipped: 1 });
    const none = { action: 'skip', budget: 0 } as const;
    await expect(load(file, { verify: 'off', workers, onCorrupt: none })).rejects.toMatchObject({
      reason: expect.stringContaining('The chunk cannot be decoded: ') as string,
      place: { image: 20, channel: 1 },
    });
  });
});

describe('onCorrupt', () => {
  it.each([
    { onCorrupt: 'skip' },
    { onCorrupt: { action: 'drop', budget: 1 } },
    { onCorrupt: { action: 'skip' } },
    { onCorrupt: { action: 'skip', budget: -1 } },
    { verify: 'some' },
  ])('%j is refused', async (options) => {
    await expect(openLoader(sound, options as LoaderOptions)).rejects.toMatchObject({
      tag: 'invalid-option',
    });
  });

  it('never delivers a damaged row, keeps the number with replace, the order with skip', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.uniqueArray(fc.nat(19)),
        fc.constantFrom('replace', 'skip'),
        (rows, some, action) => {
          const damagedRows = some.filter((row) => row < rows).sort((a, b) => a - b);
          const corrupt = damagedRows.map((row): CorruptImage => ({
            row,
            reason: '',
            place: { image: row },
          }));
          const policy = createCorruptionPolicy({ action, budget: 20 });
          if (action === 'replace' && corrupt.length === rows) {
            expect(() => policy.accept(corrupt, rows)).toThrow('No image of its batch is sound');
            return;
          }
          const all = Uint32Array.from({ length: rows }, (_, row) => row);
          const taken = Array.from(policy.accept(corrupt, rows) ?? all);
          for (const row of damagedRows) expect(taken).not.toContain(row);
          if (action === 'skip') {
            expect(taken).toEqual(Array.from(all).filter((row) => !damagedRows.includes(row)));
          } else {
            expect(taken).toHaveLength(rows);
            taken.forEach((row, i) => {
              if (!damagedRows.includes(i)) expect(row).toBe(i);
            });
          }
        },
      ),
    );
  });
});

interface Loaded {
  readonly images: number[];
  readonly labels: number[];
  readonly pixels: number[][];
  readonly stats: ReturnType<Loader['stats']>;
}

async function load(file: string, options: LoaderOptions): Promise<Loaded> {
  await using loader = await openLoader(file, options);
  const [images, labels, pixels]: [number[], number[], number[][]] = [[], [], []];
  for await (const batch of loader) {
    images.push(...batch.indices);
    labels.push(...Array.from(batch.columns.label ?? [], Number));
    const size = batch.images.length / batch.indices.length;
    batch.indices.forEach((_, i) =>
      pixels.push(Array.from(batch.images.subarray(i * size, (i + 1) * size))),
    );
  }
  return { images, labels, pixels, stats: loader.stats() };
}

function pixelsOf(image: number): number[] {
  return Array.from({ length: HEIGHT * WIDTH * 3 }, (_, i) =>
    pixelOf(image, Math.floor(i / 3), i % 3),
  );
}

interface Written {
  readonly chunks: readonly number[];
  readonly compression?: 'gzip';
  readonly checksums?: boolean;
  /** Image whose first checksum is wrong. */
  readonly wrong?: number;
}

function checksumsOf(images: readonly number[][]): number[] {
  return images.flatMap((pixels) =>
    [0, 1, 2].map((c) => crc32(Uint8Array.from(pixels.filter((_, i) => i % 3 === c)))),
  );
}

/** The images of `writeImageFile` in any chunks. */
async function writeFile(
  { chunks, compression, checksums = true, wrong }: Written,
  file?: string,
): Promise<string> {
  const name = file ?? path.join(await temporaryDirectory(), 'written.h5');
  const images = Array.from({ length: COUNT }, (_, image) => pixelsOf(image));
  const sums = checksumsOf(images);
  if (wrong !== undefined) sums[wrong * 3]! ^= 1;
  using h5 = await File.open(name, 'w');
  h5.createDataset('images', {
    data: { data: Uint8Array.from(images.flat()), shape: [COUNT, HEIGHT, WIDTH, 3] },
    chunks,
    ...(compression && { compression }),
  });
  if (checksums) {
    h5.createDataset('checksums', {
      data: { data: Uint32Array.from(sums, (sum) => sum >>> 0), shape: [COUNT, 3] },
    });
  }
  return name;
}

/** Where the chunk of a plane lies. */
async function locate(
  file: string,
  image: number,
  channel: number,
): Promise<{ offset: number; size: number }> {
  const source = await openFileSource(file);
  try {
    const layout = await openDataset(source, '/images');
    const { offsets, sizes } = await layout.index.locate([image * 3 + channel]);
    return { offset: offsets[0]!, size: sizes[0]! };
  } finally {
    await source.close();
  }
}

/** Changes a byte in the middle of a plane. */
async function damage(file: string, image: number, channel: number): Promise<void> {
  const { offset, size } = await locate(file, image, channel);
  const at = offset + Math.floor(size / 2);
  const handle = await open(file, 'r+');
  try {
    const byte = new Uint8Array(1);
    await handle.read(byte, 0, 1, at);
    await handle.write(Uint8Array.of(byte[0]! ^ 0x55), 0, 1, at);
  } finally {
    await handle.close();
  }
}
