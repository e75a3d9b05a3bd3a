/** Datasets behind HTTP: how many requests it takes to open one and to find its first chunks. */
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { createIngester } from '#src/ingest/ingester.js';
import type { Placement } from '#src/ingest/image-settings.js';
import { blobSource } from '#src/storage/blob-source.js';
import { openFileSource } from '#src/storage/file-source.js';
import { httpSource } from '#src/storage/http-source.js';
import { inflate } from '#src/storage/inflate.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { serveFileForTest } from '../support/range-server.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const BATCH = 32;

let temp: SharedDirectory;
beforeAll(async () => {
  temp = await sharedDirectory();
});
afterAll(() => temp.remove());

describe.each<Placement>(['image', 'channel'])(
  'a file of 3000 images, placement %s',
  (placement) => {
    const IMAGES = 3000;
    const SIDE = 64;
    let path: string;

    beforeAll(async () => {
      path = join(temp.path, `${placement}.h5`);
      await using ingester = await createIngester(path, {
        height: SIDE,
        width: SIDE,
        placement,
        durability: 'process',
      });
      for (let i = 0; i < IMAGES; i++) {
        const pixels = new Uint8Array(SIDE * SIDE * 3).map((_, at) => i * 31 + at * 7);
        await ingester.append({ id: `${i}.png`, className: `class ${i % 10}`, pixels });
      }
    });

    it('is opened, and its first batch found, in 6 requests', async () => {
      const server = await serveFileForTest(path);
      const source = await httpSource(server.url);
      const { shape, index } = await openDataset(source, '/images');
      expect(shape).toEqual([IMAGES, SIDE, SIDE, 3]);
      const chunks = Float64Array.from({ length: BATCH * 3 }, (_, i) => i);
      const { offsets } = await index.locate(chunks);
      for (const column of ['/labels', '/checksums']) {
        const { index: rows } = await openDataset(source, column);
        expect((await rows.locate([0])).offsets[0]).toBeGreaterThan(0);
      }
      expect(server.requests).toBeLessThanOrEqual(6);
      expect(server.bytes).toBeLessThanOrEqual(6 * 262_144);
      const file = await openFileSource(path);
      const local = await (await openDataset(file, '/images')).index.locate(chunks);
      expect(offsets).toEqual(local.offsets);
      await file.close();
    });

    it('gives the same rows through HTTP, from a Blob and from the file', async () => {
      const server = await serveFileForTest(path);
      const file = await openFileSource(path);
      const sources = [file, await httpSource(server.url), blobSource(await openAsBlob(path))];
      const [expected, ...others] = await Promise.all(
        sources.map(async (source) =>
          readRows(source, await openDataset(source, '/images'), inflate, 1990, 2003),
        ),
      );
      expect(expected![0]).toBe((1990 * 31) % 256);
      for (const rows of others) expect(rows).toEqual(expected);
      await file.close();
    });
  },
);

describeWithH5py('a file of h5py', () => {
  it.each<[string, Record<string, string>, string]>([
    ['earliest', {}, 'v1 B-tree'],
    ['earliest', { compression: 'gzip' }, 'v1 B-tree'],
    ['latest', {}, 'extensible array'],
    ['latest', { compression: 'gzip' }, 'extensible array'],
  ])(
    'of libver %s, %o, is opened and its first batch found in 6 requests',
    async (libver, filters, kind) => {
      const path = join(temp.path, `h5py-${libver}-${filters.compression ?? 'plain'}.h5`);
      const expected = await h5py.run(
        `
      rng = np.random.default_rng(1)
      with h5py.File(data['path'], 'w', libver=data['libver']) as f:
          for group in ('train', 'test'):
              values = rng.integers(0, 255, (1500, 48, 48, 3), dtype='u1')
              d = f.create_dataset(group + '/images', data=values, chunks=(1, 48, 48, 1),
                                   maxshape=(None, 48, 48, 3), **data['filters'])
              f[group + '/labels'] = np.arange(1500)
              f[group + '/ids'] = [f'{group}/{i}.png' for i in range(1500)]
          result = f['test/images'][:32].sum(dtype='u8')
      `,
        { path, libver, filters },
      );
      const server = await serveFileForTest(path);
      const source = await httpSource(server.url);
      const layout = await openDataset(source, '/test/images');
      expect(layout.index.kind).toBe(kind);
      const chunks = Float64Array.from({ length: BATCH * 3 }, (_, i) => i);
      expect(Math.min(...(await layout.index.locate(chunks)).offsets)).toBeGreaterThan(0);
      expect(server.requests).toBeLessThanOrEqual(6);
      const rows = await readRows(source, layout, inflate, 0, BATCH);
      expect(server.requests).toBeLessThanOrEqual(9);
      expect((rows as Uint8Array).reduce((sum, value) => sum + value, 0)).toBe(expected);
    },
  );
});
