/** How much is read, and when: opening is cheap, and no block of an index is read twice. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { InvalidOptionError, NotFoundError } from '#src/errors.js';
import type { ByteSource } from '#src/storage/byte-source.js';
import { openFileSource, type FileSource } from '#src/storage/file-source.js';
import { openH5, type LibraryVersion } from '#src/storage/h5.js';
import { inflate } from '#src/storage/inflate.js';
import { counted } from '../support/counted-source.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const IMAGES = 6000;
const CHANNELS = 3;
const SHAPE = [IMAGES, 4, 4, CHANNELS];

let temp: SharedDirectory;
beforeAll(async () => {
  temp = await sharedDirectory();
});
afterAll(() => temp.remove());

describe.each<[libver: LibraryVersion, kind: string, maxShape: (number | null)[]]>([
  ['earliest', 'v1 B-tree', [null, 4, 4, 3]],
  ['v110', 'extensible array', [null, 4, 4, 3]],
  ['v110', 'fixed array', SHAPE],
  ['v110', 'v2 B-tree', [null, 4, 4, null]],
])('a file of h5wasm, %s, %s', (libver, kind, maxShape) => {
  let file: FileSource;
  const pixels = Uint8Array.from({ length: IMAGES * 48 }, (_, i) => (i * 7 + (i >> 8)) % 256);

  beforeAll(async () => {
    const path = join(temp.path, `${libver}-${kind}.h5`);
    const h5 = await openH5(path, 'w', { durability: 'process', libver: [libver, 'v110'] });
    h5.createDataset('/images', {
      dtype: 'uint8',
      shape: SHAPE,
      chunkShape: [1, 4, 4, 1],
      maxShape,
    });
    h5.writeSlice('/images', [0, 0, 0, 0], SHAPE, pixels);
    await h5.close();
    file = await openFileSource(path);
  });
  afterAll(() => file.close());

  it('opens in a few small reads', async () => {
    const source = counted(file);
    const { index, shape } = await openDataset(source, '/images');
    expect([index.kind, shape]).toEqual([kind, SHAPE]);
    expect(source.reads).toBeLessThanOrEqual(3);
    expect(source.bytes).toBeLessThan(32_768);
  });

  it('finds a chunk in a few reads, and again in none', async () => {
    const source = counted(file);
    const { index } = await openDataset(source, '/images');
    const opening = source.reads;
    const chunks = [15_000, 15_001, 15_002];
    const first = await index.locate(chunks);
    expect(source.reads - opening).toBeLessThanOrEqual(8);
    const reads = source.reads;
    expect(await index.locate(chunks)).toEqual(first);
    expect(source.reads).toBe(reads);
    expect([...first.sizes]).toEqual([16, 16, 16]);
    const plane = await file.read(first.offsets[1]!, 16);
    const image = 15_001 / CHANNELS - 1 / 3;
    const expected = Array.from({ length: 16 }, (_, i) => pixels[image * 48 + i * CHANNELS + 1]);
    expect([...plane]).toEqual(expected);
  });

  it('shares reads between lookups at the same time', async () => {
    const source = counted(file);
    const { index } = await openDataset(source, '/images');
    const before = source.reads;
    const chunks = Float64Array.from({ length: 30 }, (_, i) => 12_000 + i);
    await Promise.all(Array.from({ length: 10 }, () => index.locate(chunks)));
    expect(source.reads - before).toBeLessThanOrEqual(8);
  });

  it('is scanned in a fraction of the reads that looking up takes', async () => {
    const source = counted(file);
    const { index } = await openDataset(source, '/images');
    const chunks = new Set<number>();
    for await (const block of index.blocks()) for (const chunk of block.chunks) chunks.add(chunk);
    expect(chunks.size).toBe(IMAGES * CHANNELS);
    expect(source.reads).toBeLessThan(IMAGES / 30);
    expect(source.bytes).toBeLessThan(2 * file.size);
    const reads = source.reads;
    await index.locate([...chunks]);
    expect(source.reads).toBe(reads);
  });

  it('has the rows that were written', async () => {
    const layout = await openDataset(file, 'images');
    const all = await readRows(file, layout, inflate, 0, IMAGES);
    expect(Buffer.from(all.buffer).equals(pixels)).toBe(true);
    const some = await readRows(file, layout, inflate, 777, 789);
    expect(some).toEqual(pixels.slice(777 * 48, 789 * 48));
    expect(await readRows(file, layout, inflate, 5, 5)).toHaveLength(0);
    await expect(readRows(file, layout, inflate, 5, IMAGES + 1)).rejects.toThrow(
      InvalidOptionError,
    );
    await expect(layout.index.locate([IMAGES * CHANNELS])).rejects.toThrow(InvalidOptionError);
  });

  it('tries again after a read that failed', async () => {
    let fails = true;
    const failing: ByteSource = {
      ...file,
      read: (offset, length) =>
        fails && offset > 0 ? Promise.reject(new Error('unplugged')) : file.read(offset, length),
    };
    const { index } = await openDataset(failing, '/images').catch(() => {
      fails = false;
      return openDataset(failing, '/images');
    });
    fails = true;
    await expect(index.locate([17_999])).rejects.toThrow('unplugged');
    fails = false;
    expect((await index.locate([17_999])).sizes[0]).toBe(16);
  });

  it('names what is there when a path is not', async () => {
    const error = await openDataset(file, '/labels').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as Error).message).toMatch(/no labels in \/ .*There are: images/);
    await expect(openDataset(file, '/images/x')).rejects.toThrow(/is a dataset, not a group/);
    await expect(openDataset(file, '/')).rejects.toThrow(NotFoundError);
  });
});

describeWithH5py('a dense group', () => {
  it('gives a link in as many reads whether it has 100 or 20,000', async () => {
    const path = join(temp.path, 'dense.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w', libver='v110') as f:
          f['x'] = 1
          for n in (100, 20000):
              for i in range(n): f[f'of {n}/link {i}'] = h5py.SoftLink('/x')
      `,
      path,
    );
    const file = await openFileSource(path);
    for (const name of ['of 100/link 77', 'of 20000/link 0', 'of 20000/link 19999']) {
      const source = counted(file);
      expect((await openDataset(source, name)).shape).toEqual([]);
      expect(source.reads).toBeLessThanOrEqual(14);
      expect(source.bytes).toBeLessThan(300_000);
    }
    await expect(openDataset(file, 'of 20000/link')).rejects.toThrow(/20000 in all/);
    await file.close();
  });
});
