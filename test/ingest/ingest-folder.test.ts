import fs from 'node:fs';
import path from 'node:path';

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { InvalidOptionError, NotFoundError, StorageError } from '#src/errors.js';
import type { IngestProgress } from '#src/ingest/ingest-report.js';
import { ingestFolder } from '#src/ingest/ingest-folder.js';
import { openH5 } from '#src/storage/h5.js';
import { fillDiskAfter } from '../storage/failing-disk.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { fromRaw, pattern, png, writeFolder, writePngFolder } from '../support/images.js';
import { temporaryDirectory } from '../support/temp.js';

const durability = 'process';

/** `class k/00` … in three classes, so that file order and decoding order differ. */
function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `class ${i % 3}/${String(i).padStart(3, '0')}`);
}

interface Content {
  ids: string[];
  labels: number[];
  classes: unknown;
  images: unknown;
  checksums: unknown;
}

async function contentOf(file: string): Promise<Content> {
  const h5 = await openH5(file, 'r');
  const all = (name: string): ArrayLike<number | bigint> => {
    const { shape } = h5.dataset(name);
    return h5.readSlice(
      name,
      shape!.map(() => 0),
      shape!,
    );
  };
  const content = {
    ids: h5.readStrings('/ids'),
    labels: [...(all('/labels') as Int32Array)],
    classes: h5.readAttribute('/labels', 'names'),
    images: all('/images'),
    checksums: all('/checksums'),
  };
  await h5.close();
  return content;
}

async function makeWorkspace(): Promise<{ folder: string; file: string }> {
  const directory = await temporaryDirectory();
  return { folder: path.join(directory, 'photos'), file: path.join(directory, 'photos.h5') };
}

describe('ingestFolder', () => {
  it('ingests every image of a folder in order of the ids', async () => {
    const { folder, file } = await makeWorkspace();
    const images = await writePngFolder(folder, names(30));
    // A large one first, so that the others are decoded before it.
    const large = pattern(8, 6, 3, 99);
    const enlarged = await sharp(await png(large))
      .resize(1500, 2000, { kernel: 'nearest' })
      .png()
      .toBuffer();
    await writeFolder(folder, { 'class 0/!first.png': enlarged });
    const report = await ingestFolder(folder, file, { height: 8, width: 6, durability });
    expect(report).toMatchObject({ images: 31, added: 31, skipped: 0, setAside: [] });
    expect(report.classes).toEqual(['class 0', 'class 1', 'class 2']);

    const { ids, labels, classes, images: stored } = await contentOf(file);
    expect(ids).toEqual(['class 0/!first.png', ...[...images.keys()].sort()]);
    expect(labels).toEqual(ids.map((id) => Number(id.charAt(6))));
    expect(classes).toEqual(report.classes);
    for (const [row, id] of ids.entries()) {
      const image = images.get(id);
      if (image === undefined) continue;
      expect((stored as Uint8Array).subarray(row * 144, (row + 1) * 144)).toEqual(image.pixels);
    }
  });

  it('sets aside what is no image or broken, with its reason, and loses nothing else', async () => {
    const { folder, file } = await makeWorkspace();
    const images = await writePngFolder(folder, names(6));
    const whole = await fromRaw(pattern(64, 64)).jpeg().toBuffer();
    await writeFolder(folder, {
      'class 0/text.png': 'not a picture',
      'class 1/cut.jpg': whole.subarray(0, whole.length / 2),
      'class 1/empty.png': '',
      'class 2/large.png': await png(pattern(64, 64)),
      'beside.png': await png(pattern(8, 6)),
      '.DS_Store': 'noise',
    });
    const options = { height: 8, width: 6, fit: 'none', maxPixels: 4000, durability } as const;
    const seen: IngestProgress[] = [];
    const report = await ingestFolder(folder, file, {
      ...options,
      onProgress: (progress) => seen.push(progress),
    });
    expect(report.added).toBe(6);
    const reasons = Object.fromEntries(report.setAside.map(({ id, reason }) => [id, reason]));
    expect(Object.keys(reasons)).toEqual([
      'beside.png',
      'class 0/text.png',
      'class 1/cut.jpg',
      'class 1/empty.png',
      'class 2/large.png',
    ]);
    expect(reasons['beside.png']).toMatch(/beside the class folders/);
    expect(reasons['class 0/text.png']).toMatch(/no known image format/);
    expect(reasons['class 1/empty.png']).toMatch(/empty file/);
    expect(reasons['class 2/large.png']).toMatch(/at most 4000 pixels/);
    expect((await contentOf(file)).ids).toEqual([...images.keys()].sort());
    expect(seen.at(-1)).toMatchObject({ total: 11, done: 11, added: 6, setAside: 5 });
    expect(seen.every(({ done }, i) => done === i + 1)).toBe(true);

    const again = await ingestFolder(folder, file, options);
    expect(again).toMatchObject({ added: 0, skipped: 6, images: 6 });
    expect(again.setAside).toEqual(report.setAside);
  });

  it('adds only what is new when it runs again', async () => {
    const { folder, file } = await makeWorkspace();
    await writePngFolder(folder, names(10));
    const options = { height: 8, width: 6, durability, placement: 'channel', run: 4 } as const;
    await ingestFolder(folder, file, options);
    const before = await contentOf(file);
    expect(await ingestFolder(folder, file, options)).toMatchObject({ added: 0, skipped: 10 });
    expect(await contentOf(file)).toEqual(before);

    await writePngFolder(folder, ['a new class/x', 'class 1/new']);
    const report = await ingestFolder(folder, file, { durability });
    expect(report).toMatchObject({ added: 2, skipped: 10, images: 12 });
    const after = await contentOf(file);
    expect(after.classes).toEqual(['class 0', 'class 1', 'class 2', 'a new class']);
    expect(after.ids).toEqual([...before.ids, 'a new class/x.png', 'class 1/new.png']);
    expect(after.labels).toEqual([...before.labels, 3, 1]);
  });

  it('refuses a mismatch and an empty folder before anything changes', async () => {
    const { folder, file } = await makeWorkspace();
    await writePngFolder(folder, names(4));
    const options = { height: 8, width: 6, durability } as const;
    await expect(ingestFolder(`${folder}x`, file, options)).rejects.toThrow(NotFoundError);
    fs.mkdirSync(`${folder}-empty`);
    await expect(ingestFolder(`${folder}-empty`, file, options)).rejects.toThrow(/found none/);
    expect(fs.existsSync(file)).toBe(false);
    await ingestFolder(folder, file, options);
    const before = fs.readFileSync(file);
    const mismatch = ingestFolder(folder, file, { ...options, channels: 'gray' });
    await expect(mismatch).rejects.toThrow(InvalidOptionError);
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });

  it.each(['image', 'channel'] as const)(
    'stops at a commit when aborted, and goes on to the same content (%s)',
    async (placement) => {
      const { folder, file } = await makeWorkspace();
      await writePngFolder(folder, names(40));
      const options = {
        height: 8,
        width: 6,
        durability,
        placement,
        run: 7,
        commitEvery: 5,
      } as const;
      const abort = new AbortController();
      const reason = new Error('enough');
      const ingesting = ingestFolder(folder, file, {
        ...options,
        signal: abort.signal,
        onProgress: ({ added }) => {
          if (added === 18) abort.abort(reason);
        },
      });
      await expect(ingesting).rejects.toBe(reason);
      const { ids } = await contentOf(file);
      expect(ids).toHaveLength(placement === 'channel' ? 14 : 15);

      const report = await ingestFolder(folder, file, options);
      expect(report).toMatchObject({ skipped: ids.length, images: 40 });
      const straight = `${file}.straight`;
      await ingestFolder(folder, straight, options);
      expect(await contentOf(file)).toEqual(await contentOf(straight));
    },
  );

  it('fails with the cause when the disk is full', async () => {
    const { folder, file } = await makeWorkspace();
    await writePngFolder(folder, names(30));
    const disk = fillDiskAfter(3000);
    const ingesting = ingestFolder(folder, file, { height: 8, width: 6, commitEvery: 10 });
    const error: unknown = await ingesting.catch((reason: unknown) => reason);
    disk.restore();
    expect(error).toBeInstanceOf(StorageError);
    expect((error as Error).message).toMatch(/ENOSPC: no space left on device/);
    expect((error as Error).message).toContain(file);
    expect(((error as Error).cause as NodeJS.ErrnoException).code).toBe('ENOSPC');
  });

  it('leaves no file behind when there is no room even for an empty one', async () => {
    const { folder, file } = await makeWorkspace();
    await writePngFolder(folder, names(3));
    const disk = fillDiskAfter(100);
    await expect(ingestFolder(folder, file, { height: 8, width: 6 })).rejects.toThrow(/ENOSPC/);
    disk.restore();
    expect(fs.existsSync(file)).toBe(false);
    await ingestFolder(folder, file, { height: 8, width: 6 });
    expect((await contentOf(file)).ids).toHaveLength(3);
  });
});

describeWithH5py('h5py reads an ingested folder', () => {
  it.each(['rgb', 'gray', 'rgba'] as const)(
    'with equal values everywhere (%s)',
    async (channels) => {
      const { folder, file } = await makeWorkspace();
      await writePngFolder(folder, names(12), 20, 30);
      await writeFolder(folder, {
        'class ü/日本.jpg': await fromRaw(pattern(50, 40, 3, 5))
          .jpeg()
          .toBuffer(),
        'class ü/alpha.png': await png(pattern(30, 30, 4, 2)),
      });
      await ingestFolder(folder, file, { height: 16, width: 12, channels, durability });
      const [images, ids, labels, classes, dims, checksumsMatch] = (await h5py.run(
        `
      import zlib
      with h5py.File(data) as f:
          images = f['images'][...]
          n, h, w, c = images.shape
          sums = np.array([[zlib.crc32(images[i, :, :, k].tobytes()) for k in range(c)] for i in range(n)])
          result = [images.reshape(n, -1), f['ids'].asstr()[...], f['labels'][...],
                    f['labels'].attrs['names'], [d.label for d in f['images'].dims],
                    bool((sums == f['checksums'][...]).all())]
      `,
        file,
      )) as [number[][], string[], number[], string[], string[], boolean];
      expect(checksumsMatch).toBe(true);
      expect(dims).toEqual(['n', 'height', 'width', 'channel']);
      expect(ids).toHaveLength(14);
      for (const [row, id] of ids.entries()) {
        expect(classes[labels[row]!]).toBe(path.posix.dirname(id));
        const image = sharp(path.join(folder, id)).resize(12, 16, { fit: 'cover' });
        const kept =
          channels === 'rgba' ? image.ensureAlpha() : image.flatten({ background: '#fff' });
        const expected = await kept
          .toColourspace(channels === 'gray' ? 'b-w' : 'srgb')
          .raw()
          .toBuffer();
        expect(Buffer.from(images[row]!).equals(expected), id).toBe(true);
      }
    },
  );
});
