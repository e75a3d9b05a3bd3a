import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { ImageError, InvalidOptionError } from '#src/errors.js';
import type { IngesterOptions, IngestImage } from '#src/ingest/ingester.js';
import { createIngester } from '#src/ingest/ingester.js';
import { ingest } from '#src/ingest/ingest.js';
import type { PixelDtype } from '#src/ingest/pixel-types.js';
import { pixelTypes } from '#src/ingest/pixel-types.js';
import { partOf, resolveSplit } from '#src/loader/split.js';
import { openH5, type H5File } from '#src/storage/h5.js';
import { channelStatistics, openLoader } from 'planefeed';
import { temporaryDirectory } from '../support/temp.js';

const size = { height: 4, width: 5, durability: 'process' } as const;
const elements = 4 * 5 * 3;

async function newFile(): Promise<string> {
  return path.join(await temporaryDirectory(), 'file.h5');
}

/** Image `n`; every fourth is like the one before it. */
function image(n: number, dtype: PixelDtype = 'uint8'): IngestImage {
  const like = n % 4 === 3 ? n - 1 : n;
  const value = (i: number): number => (Math.imul(like + 1, 0x9e3779b1) + i * 0x61c88647) >>> 7;
  const scale = { uint8: 2 ** 8, uint16: 2 ** 16, float32: 1000 }[dtype];
  const divisor = dtype === 'float32' ? 997 : 1;
  const values = Array.from({ length: elements }, (_, i) => (value(i) % scale) / divisor);
  const pixels = pixelTypes[dtype].array.from(values);
  return { id: `id ${n}`, className: `class ${n % 3}`, pixels };
}

async function append(
  file: string,
  from: number,
  to: number,
  options: IngesterOptions = {},
): Promise<void> {
  await using ingester = await createIngester(file, { ...size, ...options });
  for (let n = from; n < to; n++) await ingester.append(image(n, ingester.settings.dtype));
}

const attributes = (h5: H5File, object: string): Record<string, unknown> =>
  Object.fromEntries(
    h5.attributeNames(object).map((name) => [name, h5.readAttribute(object, name)]),
  );

describe('dtype', () => {
  it.each(['uint8', 'uint16', 'float32'] as const)(
    'planes, checksums and batches are of %s',
    async (dtype) => {
      const file = await newFile();
      await append(file, 0, 5, { dtype });
      await append(file, 5, 9);
      const h5 = await openH5(file, 'r');
      expect(h5.dataset('/images')).toMatchObject({ dtype, shape: [9, 4, 5, 3] });
      expect(h5.readAttribute('/', 'planefeed_format')).toBe(dtype === 'uint8' ? 1 : 2);
      const checksums = h5.readSlice('/checksums', [0, 0], [9, 3]);
      for (let n = 0; n < 9; n++) {
        const { pixels } = image(n, dtype);
        expect(h5.readSlice('/images', [n, 0, 0, 0], [1, 4, 5, 3])).toEqual(pixels);
        for (let c = 0; c < 3; c++) {
          const plane = pixels.filter((_, i) => i % 3 === c);
          const bytes = Buffer.from(plane.buffer, plane.byteOffset, plane.byteLength);
          expect(checksums[n * 3 + c]).toBe(zlib.crc32(bytes));
        }
      }
      await h5.close();
      await using loader = await openLoader(file, {
        workers: 0,
        shuffle: false,
        verify: 'all',
        batchSize: 9,
        dtype: 'float32',
      });
      for await (const { images } of loader) {
        const expected = Array.from({ length: 9 }, (_, n) => [...image(n, dtype).pixels]).flat();
        expect([...images]).toEqual(expected);
      }
    },
  );

  it('refuses pixels of another type, and another type for a file', async () => {
    const file = await newFile();
    await using ingester = await createIngester(file, { ...size, dtype: 'uint16' });
    await expect(ingester.append(image(0, 'uint8'))).rejects.toThrow(ImageError);
    await expect(ingester.append(image(0, 'uint8'))).rejects.toThrow(/uint16.*Uint8Array/);
    await ingester.append(image(0, 'uint16'));
    await ingester.close();
    await expect(createIngester(file, { dtype: 'float32' })).rejects.toThrow(
      /dtype is uint16, not float32/,
    );
    const wrong = { ...size, dtype: 'int8' as 'uint8' };
    await expect(createIngester(`${file}2`, wrong)).rejects.toThrow(InvalidOptionError);
  });
});

describe('statistics', () => {
  it.each(['uint8', 'uint16', 'float32'] as const)(
    'of %s are those of all committed images, after any sessions',
    async (dtype) => {
      const [parts, whole] = [await newFile(), await newFile()];
      await append(whole, 0, 23, { dtype, commitEvery: 50 });
      await append(parts, 0, 7, { dtype, commitEvery: 3 });
      const stopped = await createIngester(parts, { durability: 'process', commitEvery: 4 });
      for (let n = 7; n < 13; n++) await stopped.append(image(n, dtype));
      await stopped.stop();
      await append(parts, 11, 23);

      await using first = await openH5(whole, 'r');
      await using second = await openH5(parts, 'r');
      const found = attributes(second, '/statistics');
      expect(found).toEqual(attributes(first, '/statistics'));
      expect(found.images).toEqual([23]);
      expect(second.readAttribute('/labels', 'counts')).toEqual([8, 8, 7]);
      const { mean, std } = await channelStatistics(parts, { workers: 0 });
      for (let c = 0; c < 3; c++) {
        expect((found.mean as number[])[c]).toBeCloseTo(mean[c]!, dtype === 'float32' ? 6 : 10);
        expect((found.std as number[])[c]).toBeCloseTo(std[c]!, dtype === 'float32' ? 6 : 7);
      }
    },
  );

  it('are left alone once another program has appended', async () => {
    const file = await newFile();
    await append(file, 0, 4);
    const h5 = await openH5(file, 'r+');
    for (const [column, rest] of [
      ['/images', [4, 5, 3]],
      ['/checksums', [3]],
      ['/labels', []],
      ['/ids', []],
    ] as const) {
      h5.resize(column, [5, ...rest]);
    }
    await h5.close();
    await append(file, 5, 9);
    await using after = await openH5(file, 'r');
    expect(after.readAttribute('/statistics', 'images')).toEqual([4]);
    expect(after.readAttribute('/labels', 'counts')).toEqual([4, 2, 3]);
  });

  it('count labels that are numbers, but no sentinels', async () => {
    const file = await newFile();
    await using ingester = await createIngester(file, size);
    const labels = [2, -1, 2 ** 31 - 1, 0, 2];
    for (const [n, label] of labels.entries()) {
      await ingester.append({ id: `${n}`, label, pixels: image(n).pixels });
    }
    await ingester.close();
    await using h5 = await openH5(file, 'r');
    expect(h5.readAttribute('/labels', 'counts')).toEqual([1, 0, 2]);
  });

  it('of many commits take no more room than those of one', async () => {
    const [often, once] = [await newFile(), await newFile()];
    await append(once, 0, 60, { commitEvery: 60 });
    await append(often, 0, 60, { commitEvery: 1 });
    const [more, less] = [fs.statSync(often).size, fs.statSync(once).size];
    expect(more - less).toBeLessThan(60 * 64);
  });
});

describe('split', () => {
  const split = { train: 0.7, val: 0.2, test: 0.1 };

  it('is the assignment that the loader makes, and stays as the file grows', async () => {
    const file = await newFile();
    await append(file, 0, 40, { split });
    await append(file, 40, 90);
    await append(file, 90, 100, { split });
    const h5 = await openH5(file, 'r');
    const names = h5.readAttribute('/split', 'names') as string[];
    expect(names).toEqual(Object.keys(split));
    expect(h5.readAttribute('/', 'planefeed_format')).toBe(2);
    const part = partOf(resolveSplit({ name: 'val', parts: split }));
    const stored = [...(h5.readSlice('/split', [0], [100]) as Uint8Array)];
    expect(stored.map((number) => names[number])).toEqual(stored.map((_, n) => part(`id ${n}`)));
    expect(new Set(stored).size).toBe(3);
    await h5.close();
    await using loader = await openLoader(file, { where: { split: 'val' }, workers: 0 });
    expect(loader.length).toBe(stored.filter((number) => number === 1).length);
  });

  it('of a file is the same for all its images', async () => {
    const [without, with_] = [await newFile(), await newFile()];
    await append(without, 0, 2);
    await append(with_, 0, 2, { split });
    await expect(createIngester(without, { split })).rejects.toThrow(
      /split is undefined, not train=0.7/,
    );
    const other = { train: 0.6, val: 0.3, test: 0.1 };
    await expect(createIngester(with_, { split: other })).rejects.toThrow(/split is train=0.7/);
    const wrong = { ...size, split: { a: 0.5, b: 0.6 } };
    await expect(createIngester(await newFile(), wrong)).rejects.toThrow(/add up to 1, got 1.1/);
  });
});

describe('dedupe', () => {
  it('leaves out what is in already, and says as what, in the batch, the file and across sessions', async () => {
    const file = await newFile();
    const options = { ...size, dedupe: true, commitEvery: 5 };
    const images = (from: number, to: number): IngestImage[] =>
      Array.from({ length: to - from }, (_, i) => image(from + i));
    const first = await ingest(images(0, 12), file, options);
    const duplicates = [3, 7, 11].map((n) => ({ id: `id ${n}`, of: `id ${n - 1}` }));
    expect(first).toMatchObject({ added: 9, images: 9, duplicates });
    // Duplicates aren't in: they are found again.
    const again = await ingest(images(0, 12), file, options);
    expect(again).toMatchObject({ added: 0, skipped: 9, duplicates });
    const moved = [
      { ...image(0), id: 'copy' },
      { ...image(20), id: 'new' },
      { ...image(20), id: 'newer' },
    ];
    expect(await ingest(moved, file, options)).toMatchObject({
      added: 1,
      duplicates: [
        { id: 'copy', of: 'id 0' },
        { id: 'newer', of: 'new' },
      ],
    });
    const plain = await ingest([{ ...image(0), id: 'copy' }], file, size);
    expect(plain).toMatchObject({ added: 1, duplicates: [] });
  });

  it('compares the pixels, not their checksums', async () => {
    const file = await newFile();
    const tiny = {
      height: 1,
      width: 5,
      channels: 'gray',
      durability: 'process',
      dedupe: true,
    } as const;
    const pixels = Uint8Array.of(1, 2, 3, 4, 5);
    const twin = twinOf(pixels);
    expect(zlib.crc32(twin)).toBe(zlib.crc32(pixels));
    await using ingester = await createIngester(file, tiny);
    expect(await ingester.append({ id: 'a', pixels })).toEqual({});
    await ingester.commit();
    expect(await ingester.append({ id: 'b', pixels: twin })).toEqual({});
    expect(await ingester.append({ id: 'c', pixels: twin })).toEqual({ duplicateOf: 'b' });
    expect(await ingester.append({ id: 'd', pixels })).toEqual({ duplicateOf: 'a' });
  });
});

/** Other bytes with the same CRC-32, which is linear: adding its polynomial changes nothing of it. */
function twinOf(bytes: Uint8Array): Uint8Array {
  const wanted = zlib.crc32(bytes);
  // x^32 + … + 1, lowest power in the last bit: reflected, 0x1db710641.
  for (let shift = 0n; shift < 8n; shift++) {
    const difference = 0x1db710641n << shift;
    const twin = bytes.map((byte, i) => byte ^ Number((difference >> BigInt(8 * i)) & 0xffn));
    if (zlib.crc32(twin) === wanted) return twin;
  }
  throw new Error('Expected a twin');
}

describe('appendBatch', () => {
  it('appends as append does, image by image', async () => {
    const [one, many] = [await newFile(), await newFile()];
    await append(one, 0, 30);
    await using ingester = await createIngester(many, size);
    for (const [from, to] of [
      [0, 11],
      [11, 11],
      [11, 30],
    ] as const) {
      const images = Array.from({ length: to - from }, (_, i) => image(from + i));
      await ingester.appendBatch({
        ids: images.map(({ id }) => id),
        classNames: images.map(({ className }) => className!),
        pixels: Uint8Array.from(images.flatMap(({ pixels }) => [...pixels])),
      });
    }
    await ingester.close();
    await using first = await openH5(one, 'r');
    await using second = await openH5(many, 'r');
    expect(second.readStrings('/ids')).toEqual(first.readStrings('/ids'));
    for (const [dataset, rest] of [
      ['/images', [4, 5, 3]],
      ['/labels', []],
      ['/checksums', [3]],
    ] as const) {
      const start = [0, ...rest.map(() => 0)];
      const all = (h5: H5File): unknown => h5.readSlice(dataset, start, [30, ...rest]);
      expect(all(second)).toEqual(all(first));
    }
  });

  it('refuses a batch before any of it is in', async () => {
    await using ingester = await createIngester(await newFile(), size);
    await ingester.append(image(0));
    const pixels = new Uint8Array(2 * elements);
    const wrong = [
      { ids: ['a', 'id 0'], pixels },
      { ids: ['a', 'a'], pixels },
      { ids: ['a'], pixels },
      { ids: ['a', 'b'], labels: [1], pixels },
      { ids: ['a', 'b'], columns: { price: [1, 2] }, pixels },
      { ids: ['a', 'b\0'], pixels },
      { ids: ['a', 'b'], pixels: new Uint16Array(2 * elements) },
    ];
    for (const batch of wrong)
      await expect(ingester.appendBatch(batch)).rejects.toThrow(
        /Expected|in the file|column|store/,
      );
    expect(ingester.count).toBe(1);
    await ingester.appendBatch({ ids: ['a', 'b'], pixels });
    expect(ingester.count).toBe(3);
  });
});
