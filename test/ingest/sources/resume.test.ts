import fs from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createIngester, ingest, openSource } from 'planefeed';
import { contentOf } from '../../support/ingested.js';
import { pattern, png, writeFolder } from '../../support/images.js';
import { sharedDirectory, type SharedDirectory } from '../../support/temp.js';
import { huggingFace } from './parquet-files.js';

const count = 15;
const size = { height: 4, width: 3, durability: 'process' } as const;
let temp: SharedDirectory;
const at = (name: string): string => path.join(temp.path, name);

/** Every kind of source, with something in it that is set aside. */
beforeAll(async () => {
  temp = await sharedDirectory();
  const rows = Array.from({ length: count }, (_, i) => ({
    path: `photos/${(i * 7) % count}.png`,
    label: `c${(i * 5) % 3}`,
    w: i / 2,
    s: `s${i}`,
  }));
  const images = await Promise.all(rows.map((_, i) => png(pattern(4, 3, 3, i))));
  await writeFolder(temp.path, {
    ...Object.fromEntries(images.map((image, i) => [`photos/${i}.png`, image])),
    'photos/4.png': 'no picture',
    'a.csv': ['path,label,w,s', ...rows.map((row) => Object.values(row).join(','))].join('\n'),
    'a.jsonl': rows.map((row) => JSON.stringify(row)).join('\n'),
    'a.parquet': huggingFace,
  });
  const archive = pack();
  for (const [i, image] of images.entries()) {
    archive.entry({ name: `${i}.png` }, i === 3 ? Buffer.from('no picture') : image);
    archive.entry({ name: `${i}.cls` }, `c${i % 3}`);
  }
  archive.finalize();
  fs.writeFileSync(at('a.tar.gz'), gzipSync(await buffer(archive)));
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${count}, 4, 3, 3), }`;
  const preamble = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
  const pixels = Buffer.from(Array.from({ length: count * 36 }, (_, i) => (i * 7) % 256));
  fs.writeFileSync(at('a.npy'), Buffer.concat([preamble, Buffer.from(header.padEnd(118)), pixels]));
  await using ingester = await createIngester(at('a.h5'), { ...size, columns: { w: 'float64' } });
  for (let i = 0; i < count; i++) {
    const image = pixels.subarray(i * 36, (i + 1) * 36);
    await ingester.append({ id: `${i}`, label: i % 4, columns: { w: i }, pixels: image });
  }
});
afterAll(() => temp.remove());

describe('an ingest that is interrupted anywhere ends as one that is not', () => {
  const names = ['photos', 'a.csv', 'a.jsonl', 'a.parquet', 'a.tar.gz', 'a.npy', 'a.h5'];
  it.each(names)('of %s', async (name) => {
    let run = 0;
    const stop = fc.integer({ min: 1, max: count });
    const placement = fc.constantFrom('image' as const, 'channel' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(stop, { minLength: 1, maxLength: 2 }),
        placement,
        async (stops, p) => {
          const options = { ...size, placement: p, run: 3, commitEvery: 4 };
          const straight = at(`${name}-${p}.straight.h5`);
          if (!fs.existsSync(straight)) await ingest(await openSource(at(name)), straight, options);
          const file = at(`${name}-${++run}.h5`);
          let committed = 0;
          for (const last of stops) {
            const abort = new AbortController();
            const onProgress = ({ done }: { done: number }): void => {
              if (done === last) abort.abort();
            };
            const ingesting = ingest(at(name), file, {
              ...options,
              signal: abort.signal,
              onProgress,
            });
            await ingesting.catch((error: unknown) => {
              expect(error).toBe(abort.signal.reason);
            });
            const { ids } = await contentOf(file);
            expect(ids.length).toBeGreaterThanOrEqual(committed);
            committed = ids.length;
          }
          const report = await ingest(at(name), file, options);
          expect(report.skipped).toBe(committed);
          expect(await contentOf(file)).toEqual(await contentOf(straight));
        },
      ),
      { numRuns: 3 },
    );
  });
});
