import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { ClosedError, CorruptFileError, ImageError, InvalidOptionError } from '#src/errors.js';
import type { Ingester, IngesterOptions } from '#src/ingest/ingester.js';
import { createIngester } from '#src/ingest/ingester.js';
import { openH5 } from '#src/storage/h5.js';
import { pattern } from '../support/images.js';
import { temporaryDirectory } from '../support/temp.js';

const size = { height: 4, width: 5 };

async function newFile(): Promise<string> {
  return path.join(await temporaryDirectory(), 'file.h5');
}

const open = (file: string, options: IngesterOptions = {}): Promise<Ingester> =>
  createIngester(file, { durability: 'process', ...options });

async function appendNumbered(ingester: Ingester, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    const { pixels } = pattern(size.height, size.width, 3, n);
    await ingester.append({ id: `id ${n}`, className: `class ${n % 3}`, pixels });
  }
}

const digest = (file: string): string =>
  createHash('sha256').update(fs.readFileSync(file)).digest('hex');

describe('createIngester', () => {
  it.each(['image', 'channel'] as const)(
    'keeps columns whole with placement %s',
    async (placement) => {
      const file = await newFile();
      const ingester = await open(file, { ...size, placement, run: 4, commitEvery: 3 });
      await appendNumbered(ingester, 0, 11);
      expect(ingester.count).toBe(11);
      // Channel: whole runs of 4, committed as soon as 3 are waiting. Image: every 3.
      expect(ingester.committed).toBe(placement === 'channel' ? 8 : 9);
      await ingester.close();
      const again = await open(file);
      expect([again.count, again.committed]).toEqual([11, 11]);
      expect(await again.has('id 10')).toBe(true);
      expect([await again.rowOf('id 10'), await again.rowOf('id 11')]).toEqual([10, undefined]);
      await appendNumbered(again, 11, 20);
      await again.close();

      const h5 = await openH5(file, 'r');
      expect(h5.dataset('/images').shape).toEqual([20, 4, 5, 3]);
      expect(h5.readStrings('/ids')).toEqual(Array.from({ length: 20 }, (_, n) => `id ${n}`));
      expect([...(h5.readSlice('/labels', [0], [20]) as Int32Array)]).toEqual(
        Array.from({ length: 20 }, (_, n) => n % 3),
      );
      expect(h5.readAttribute('/labels', 'names')).toEqual(['class 0', 'class 1', 'class 2']);
      const checksums = h5.readSlice('/checksums', [0, 0], [20, 3]);
      for (let n = 0; n < 20; n++) {
        const { pixels } = pattern(4, 5, 3, n);
        expect(h5.readSlice('/images', [n, 0, 0, 0], [1, 4, 5, 3])).toEqual(pixels);
        for (let c = 0; c < 3; c++) {
          const plane = pixels.filter((_, i) => i % 3 === c);
          expect(checksums[n * 3 + c]).toBe(zlib.crc32(plane));
        }
      }
      await h5.close();
    },
  );

  it('says in the file how the pixels came about', async () => {
    const file = await newFile();
    const options = {
      ...size,
      channels: 'gray',
      fit: 'fill',
      background: 'black',
      placement: 'channel',
      run: 7,
    } as const;
    await (await open(file, options)).close();
    const h5 = await openH5(file, 'r');
    const attributes = Object.fromEntries(
      h5.attributeNames('/images').map((name) => [name, h5.readAttribute('/images', name)]),
    );
    expect(attributes).toMatchObject({
      size: [4, 5],
      channels: 'gray',
      colour_space: 'b-w',
      fit: 'fill',
      background: 'black',
      placement: 'channel',
      run: 7,
    });
    expect(h5.readAttribute('/', 'planefeed_format')).toBe(1);
    expect(h5.readAttribute('/', 'planefeed_version')).toMatch(/^\d+\.\d+\.\d+/);
    expect(h5.dimensionLabels('/images')).toEqual(['n', 'height', 'width', 'channel']);
    expect(h5.dataset('/images')).toMatchObject({
      maxShape: [null, 4, 5, 1],
      chunkShape: [1, 4, 5, 1],
      filters: [],
    });
    await h5.close();
    const again = await open(file);
    expect(again.settings).toEqual({ ...options, dtype: 'uint8', split: undefined });
    await again.close();
  });

  it('numbers classes in the order given, and keeps the numbers', async () => {
    const file = await newFile();
    const first = await open(file, size);
    first.addClasses(['b', 'd']);
    await first.close();
    const second = await open(file);
    second.addClasses(['a', 'b']);
    const { pixels } = pattern(4, 5);
    await second.append({ id: 'x', className: 'c', pixels });
    await second.append({ id: 'y', className: 'a', pixels });
    expect(second.classes).toEqual(['b', 'd', 'a', 'c']);
    await second.close();
    const h5 = await openH5(file, 'r');
    expect(h5.readAttribute('/labels', 'names')).toEqual(['b', 'd', 'a', 'c']);
    expect(h5.readSlice('/labels', [0], [2])).toEqual(Int32Array.of(3, 2));
    await h5.close();
  });

  it('refuses other settings, and files of others, before anything changes', async () => {
    const file = await newFile();
    const ingester = await open(file, { ...size, placement: 'channel', run: 5 });
    await appendNumbered(ingester, 0, 3);
    await ingester.close();
    const before = digest(file);
    const wrong: IngesterOptions[] = [
      { height: 5 },
      { width: 4 },
      { channels: 'rgba' },
      { dtype: 'uint16' },
      { split: { a: 0.5, b: 0.5 } },
      { fit: 'contain' },
      { placement: 'image' },
      { run: 6 },
      { height: 0 },
      { commitEvery: 1.5 },
    ];
    for (const options of wrong) {
      const opening = open(file, options);
      await expect(opening, JSON.stringify(options)).rejects.toThrow(InvalidOptionError);
      await expect(opening).rejects.toThrow(Object.keys(options)[0]!);
    }
    expect(digest(file)).toBe(before);

    const other = path.join(path.dirname(file), 'other.h5');
    const h5 = await openH5(other, 'w');
    h5.createGroup('/mine');
    await h5.close();
    await expect(open(other, size)).rejects.toThrow(/planefeed ingest made/);
    const missing = path.join(path.dirname(file), 'new.h5');
    await expect(open(missing)).rejects.toThrow(/height and a width/);
    expect(fs.existsSync(missing)).toBe(false);
  });

  it('refuses a file whose columns are not aligned', async () => {
    const file = await newFile();
    const ingester = await open(file, size);
    await appendNumbered(ingester, 0, 3);
    await ingester.close();
    const h5 = await openH5(file, 'r+');
    h5.resize('/labels', [2]);
    await h5.close();
    await expect(open(file)).rejects.toThrow(CorruptFileError);
  });

  it('refuses a second image of the same id, and pixels that do not fit', async () => {
    const ingester = await open(await newFile(), size);
    await appendNumbered(ingester, 0, 1);
    await expect(appendNumbered(ingester, 0, 1)).rejects.toThrow(InvalidOptionError);
    const short = { id: 'short', className: '', pixels: new Uint8Array(59) };
    await expect(ingester.append(short)).rejects.toThrow(ImageError);
    await appendNumbered(ingester, 1, 2);
    expect(ingester.count).toBe(2);
    await ingester.close();
    await ingester.close();
    await expect(appendNumbered(ingester, 2, 3)).rejects.toThrow(ClosedError);
    await expect(ingester.commit()).rejects.toThrow(ClosedError);
  });

  it('stops at whole batches, so that going on gives the same file', async () => {
    const [stopped, straight] = [await newFile(), await newFile()];
    const options = { ...size, placement: 'channel', run: 4, commitEvery: 8 } as const;
    const first = await open(stopped, options);
    await appendNumbered(first, 0, 7);
    await first.stop();
    const second = await open(stopped, options);
    expect(second.count).toBe(4);
    await appendNumbered(second, 4, 10);
    await second.close();

    const once = await open(straight, options);
    await appendNumbered(once, 0, 10);
    await once.close();
    const images = async (file: string): Promise<unknown[]> => {
      const h5 = await openH5(file, 'r');
      const { shape } = h5.dataset('/images');
      const all = [h5.readSlice('/images', [0, 0, 0, 0], shape!), h5.readStrings('/ids')];
      await h5.close();
      return all;
    };
    expect(await images(stopped)).toEqual(await images(straight));
  });
});
