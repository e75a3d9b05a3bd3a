import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  ingest,
  InvalidOptionError,
  NotFoundError,
  openLoader,
  type SourceRecord,
} from 'planefeed';
import { openH5 } from '#src/storage/h5.js';
import { pattern, png } from '../support/images.js';
import { contentOf } from '../support/ingested.js';
import { temporaryDirectory } from '../support/temp.js';

const size = { height: 4, width: 3, durability: 'process' } as const;

/** Records of pixels in three classes, with two columns. */
function records(count: number): SourceRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `image ${i}`,
    className: `class ${(i * 7) % 3}`,
    columns: { weight: i / 8, camera: `camera ${i % 2}` },
    pixels: pattern(4, 3, 3, i).pixels,
  }));
}

async function* oneByOne<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

async function newFile(): Promise<string> {
  return path.join(await temporaryDirectory(), 'data.h5');
}

describe('ingest', () => {
  it('takes arrays and generators of pixels and of encoded images, with columns', async () => {
    const file = await newFile();
    const report = await ingest(records(5), file, size);
    expect(report).toMatchObject({ images: 5, added: 5, skipped: 0, setAside: [] });
    const encoded: SourceRecord = {
      id: 'encoded',
      label: 1,
      columns: { weight: 1, camera: '' },
      bytes: () => png(pattern(8, 6, 3, 9)),
    };
    const more = await ingest(oneByOne([...records(7), encoded]), file, size);
    expect(more).toMatchObject({ images: 8, added: 3, skipped: 5, setAside: [] });

    const content = await contentOf(file);
    expect(content.ids).toEqual([...records(7).map(({ id }) => id), 'encoded']);
    expect(content.classes).toEqual(['class 0', 'class 1', 'class 2']);
    expect(content.labels).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
    expect(content.columns).toEqual({
      weight: [0, 1, 2, 3, 4, 5, 6, 8].map((x) => x / 8),
      camera: [
        'camera 0',
        'camera 1',
        'camera 0',
        'camera 1',
        'camera 0',
        'camera 1',
        'camera 0',
        '',
      ],
    });
    const pixels = records(7).flatMap((record) => [...('pixels' in record ? record.pixels : [])]);
    expect([...content.images.subarray(0, pixels.length)]).toEqual(pixels);
  });

  it('keeps columns where a loader finds them by name', async () => {
    const file = await newFile();
    await ingest(records(6), file, { ...size, columns: { weight: 'float64', camera: 'category' } });
    const where = { camera: 'camera 1', weight: [1 / 8, 3 / 8] };
    await using loader = await openLoader(file, { where, workers: 0 });
    for await (const batch of loader) expect([...batch.indices]).toEqual([1, 3]);
    await expect(openLoader(file, { where: { none: 1 } })).rejects.toThrow(/no column `none`/);
  });

  it('takes the size from the first record, and brings others to it', async () => {
    const file = await newFile();
    const sized: SourceRecord[] = [
      { id: 'a', pixels: pattern(4, 3, 1).pixels, shape: [4, 3, 1] },
      { id: 'b', pixels: new Uint8Array(8 * 6 * 3).fill(7), shape: [8, 6, 3] },
      { id: 'c', pixels: new Uint8Array(5) },
    ];
    const report = await ingest(sized, file, { durability: 'process' });
    expect(report.setAside).toEqual([
      { id: 'c', reason: 'Expected 4×3×1 = 12 elements of pixels, got 5' },
    ]);
    const { images, labels } = await contentOf(file);
    expect(labels).toEqual([-1, -1]);
    expect([...images]).toEqual([...pattern(4, 3, 1).pixels, ...new Uint8Array(12).fill(7)]);
  });

  it('sets aside what repeats an id, does not fit the columns, or cannot be stored', async () => {
    const file = await newFile();
    const [first, second, third] = records(3) as [SourceRecord, SourceRecord, SourceRecord];
    const columns = { weight: 1, camera: 'x' };
    const report = await ingest(
      [
        first,
        { ...second, id: first.id, place: 'the second' },
        { ...third, columns: { weight: 'heavy', camera: 'x' } },
        { ...third, columns: { weight: 1 } },
        { ...third, columns: { ...columns, extra: 1 } },
        { ...third, columns, id: 'half \ud800' },
        { ...third, columns, className: 'NUL \0' },
        { ...third, columns, id: '' },
        { ...third, columns, label: 1.5 },
        third,
        { ...second, id: third.id },
      ],
      file,
      size,
    );
    expect(report).toMatchObject({ added: 2, skipped: 0 });
    expect(report.setAside.map(({ reason }) => reason)).toEqual([
      'another record has the same id',
      `column 'weight': expected a number, got "heavy"`,
      `it has no value for the column 'camera'`,
      `there is no column 'extra'`,
      expect.stringContaining('half a character'),
      expect.stringContaining('NUL'),
      'it has no id',
      expect.stringContaining('1.5'),
      'another record has the same id',
    ]);
    expect(report.setAside[0]).toMatchObject({ id: first.id, place: 'the second' });
    expect(await contentOf(file)).toMatchObject({ ids: [first.id, third.id] });
  });

  it('refuses no records, and other columns than the file has, before anything changes', async () => {
    const file = await newFile();
    await expect(ingest([], file, size)).rejects.toThrow(NotFoundError);
    await ingest(records(2), file, size);
    const bare = [{ id: 'bare', pixels: pattern(4, 3).pixels }];
    await expect(ingest(bare, file, size)).rejects.toThrow(/has a column 'camera', which/);
    const more = records(3).map((record) => ({ ...record, columns: { ...record.columns, x: 1 } }));
    await expect(ingest(more, file, size)).rejects.toThrow(/no column 'x'/);
    const other = records(3).map((record) => ({ ...record, columns: { weight: '1', camera: '' } }));
    await expect(ingest(other, file, size)).rejects.toThrow(/'weight' is of float64, not string/);
    const named = [{ ...records(1)[0]!, id: 'n', columns: { 'a/b': 1 } }];
    await expect(ingest(named, `${file}2`, size)).rejects.toThrow(InvalidOptionError);
    expect((await contentOf(file)).ids).toHaveLength(2);
  });

  it('delivers what came before a source fails, and stops at a commit', async () => {
    const file = await newFile();
    const failing = async function* (): AsyncGenerator<SourceRecord> {
      yield* oneByOne(records(9));
      throw new Error('cut off');
    };
    const options = { ...size, commitEvery: 4 };
    await expect(ingest(failing(), file, options)).rejects.toThrow('cut off');
    expect((await contentOf(file)).ids).toHaveLength(8);
  });

  it('names of categories are stored once, and known again', async () => {
    const file = await newFile();
    const columns = { weight: 'float64', camera: 'category' } as const;
    await ingest(records(3), file, { ...size, columns });
    const more = records(5).map((record, i) =>
      i < 4 ? record : { ...record, columns: { weight: 1, camera: 'new' } },
    );
    await ingest(more, file, { ...size, columns });
    await using h5 = await openH5(file, 'r');
    expect([...h5.readSlice('/columns/camera', [0], [5])]).toEqual([0, 1, 0, 1, 2]);
    expect(h5.readAttribute('/columns/camera', 'names')).toEqual(['camera 0', 'camera 1', 'new']);
  });

  it.each(['image', 'channel'] as const)(
    'interrupted anywhere, it goes on to the same file (%s)',
    async (placement) => {
      const straight = await newFile();
      const options = { ...size, placement, run: 3, commitEvery: 4 } as const;
      await ingest(records(20), straight, options);
      const expected = await contentOf(straight);
      const stops = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(stops, async (counts) => {
          const file = await newFile();
          for (const count of counts) {
            const abort = new AbortController();
            await ingest(oneByOne(records(20)), file, {
              ...options,
              signal: abort.signal,
              onProgress: ({ done }) => {
                if (done === count) abort.abort();
              },
            }).catch((error: unknown) => {
              expect(error).toBe(abort.signal.reason);
            });
          }
          await ingest(oneByOne(records(20)), file, options);
          expect(await contentOf(file)).toEqual(expected);
        }),
        { numRuns: 8 },
      );
    },
  );
});
