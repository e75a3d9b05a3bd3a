import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { CorruptFileError, ingest, InvalidOptionError, openSource } from 'planefeed';
import { importOptional } from '#src/ingest/sources/optional-package.js';
import { contentOf } from '../../support/ingested.js';
import { pattern, png, writeFolder } from '../../support/images.js';
import { temporaryDirectory } from '../../support/temp.js';
import { huggingFace, paths } from './parquet-files.js';

const size = { height: 4, width: 3, durability: 'process' } as const;

describe('a Parquet file', () => {
  it('with the images in it, as `datasets` writes them', async () => {
    const folder = await writeFolder(await temporaryDirectory(), { 'train.parquet': huggingFace });
    const file = path.join(folder, 'out.h5');
    const report = await ingest(path.join(folder, 'train.parquet'), file, size);
    expect(report).toMatchObject({ added: 4, classes: ['cat', 'dog'] });
    expect(report.setAside).toMatchObject([
      { id: 'train.parquet#3', place: 'train.parquet, row 3' },
    ]);
    const content = await contentOf(file);
    expect(content.ids).toEqual([0, 1, 2, 4].map((row) => `train.parquet#${row}`));
    expect(content.labels).toEqual([1, 0, 1, -1]);
    expect(content.columns).toEqual({
      weight: [0.5, NaN, 2, 4],
      caption: ['one', 'two', 'drei ü', 'five'],
      tags: ['["a","b"]', '[]', '["c"]', '["d"]'],
    });
    const pixels = [0, 1, 2, 4].flatMap((row) =>
      Array.from({ length: 36 }, (_, i) => (i * 5 + row * 29) % 256),
    );
    expect([...content.images]).toEqual(pixels);
  });

  it('with paths; several are one source', async () => {
    const folder = await writeFolder(await temporaryDirectory(), {
      'part-0.parquet': paths,
      'part-1.parquet': paths,
      'a.png': await png(pattern(4, 3, 3, 0)),
      'b.png': await png(pattern(4, 3, 3, 1)),
    });
    const source = await openSource(path.join(folder, 'part-*.parquet'), { labelColumn: 'breed' });
    expect(source).toMatchObject({ count: 6, columns: { age: 'int32', big: 'float64' } });
    const file = path.join(folder, 'out.h5');
    const report = await ingest(source, file, size);
    expect(report).toMatchObject({ added: 2, skipped: 0, classes: ['collie', 'pug'] });
    expect(report.setAside.map(({ id, place }) => [id, place])).toEqual([
      ['gone.png', 'part-0.parquet, row 2'],
      ['a.png', 'part-1.parquet, row 0'],
      ['b.png', 'part-1.parquet, row 1'],
      ['gone.png', 'part-1.parquet, row 2'],
    ]);
    expect(await contentOf(file)).toMatchObject({
      labels: [1, 0],
      columns: { age: [3, 4], big: [2 ** 40, 1] },
    });
  });

  it('that is damaged says so, wherever it is', async () => {
    const folder = await temporaryDirectory();
    const file = path.join(folder, 'x.parquet');
    for (let at = 0; at < huggingFace.length; at += 197) {
      const bytes = Buffer.from(huggingFace);
      bytes[at]! ^= 0xff;
      fs.writeFileSync(file, at % 2 === 0 ? bytes : huggingFace.subarray(0, at));
      const out = path.join(folder, `${at}.h5`);
      // Parquet has no checksums: what is found out is said, and no image comes in that isn't one.
      try {
        const { added } = await ingest(file, out, size);
        expect(added).toBeLessThanOrEqual(5);
      } catch (error) {
        expect(error).toSatisfy(
          (e) => e instanceof CorruptFileError || e instanceof InvalidOptionError,
        );
      }
    }
  });

  it('names the package that is missing', async () => {
    const missing = Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(importOptional('hyparquet', () => Promise.reject(missing))).rejects.toThrow(
      /package hyparquet is needed.*npm install hyparquet/,
    );
  });
});
