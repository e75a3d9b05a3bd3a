import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InvalidOptionError } from '#src/errors.js';
import type { IngesterOptions } from '#src/ingest/ingester.js';
import { createIngester } from '#src/ingest/ingester.js';
import { writesOf } from '#src/ingest/write-planes.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

describe('writesOf', () => {
  it('covers every plane once, and gives all their places in the order of the placement', () => {
    const placement = fc.constantFrom('image' as const, 'channel' as const);
    const rows = fc.nat(300);
    const channels = fc.integer({ min: 1, max: 4 });
    const planeBytes = fc.constantFrom(1, 64, 2 ** 18, 2 ** 25);
    fc.assert(
      fc.property(placement, rows, channels, planeBytes, (order, n, c, size) => {
        const number = (row: number, channel: number): number =>
          order === 'image' ? row * c + channel : channel * n + row;
        const placed = new Set<number>();
        const written: number[] = [];
        for (const { kind, row, channel, count } of writesOf(order, n, c, size)) {
          for (let i = row; i < row + count; i++) {
            if (kind === 'planes') written.push(number(i, channel));
            const first = kind === 'places' ? 0 : channel;
            const last = kind === 'places' ? c - 1 : channel;
            for (let each = first; each <= last; each++) placed.add(number(i, each));
          }
        }
        const all = Array.from({ length: n * c }, (_, i) => i);
        expect([...placed]).toEqual(all);
        expect(written.sort((a, b) => a - b)).toEqual(all);
      }),
    );
  });
});

/** Appends `count` images in sessions of these lengths; the file is closed between sessions. */
async function append(
  file: string,
  sessions: readonly number[],
  options: IngesterOptions,
): Promise<void> {
  let n = 0;
  for (const length of sessions) {
    const ingester = await createIngester(file, { durability: 'process', ...options });
    const { height, width } = ingester.settings;
    for (let i = 0; i < length; i++, n++) {
      const pixels = new Uint8Array(height * width * 3).map((_, at) => n + 50 * (at % 3));
      await ingester.append({ id: `image ${n}`, className: 'x', pixels });
    }
    await ingester.close();
  }
}

/** Offsets of the planes in the file, `[image][channel]`. */
async function planeOffsets(files: readonly string[]): Promise<number[][][]> {
  const code = `
    result = []
    for file in data:
        with h5py.File(file) as f:
            images = f['images']
            table = np.full((images.shape[0], images.shape[3]), -1, np.int64)
            def note(info):
                table[info.chunk_offset[0], info.chunk_offset[3]] = info.byte_offset
            images.id.chunk_iter(note)
            result.append(table)
  `;
  return (await h5py.run(code, files)) as number[][][];
}

describeWithH5py('planes in the file', () => {
  it('lie in runs with placement channel, whatever the commits and sessions', async () => {
    const directory = await temporaryDirectory();
    const session = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 3 });
    const size = fc.integer({ min: 1, max: 12 });
    const cases = fc.sample(fc.tuple(session, size, size), { numRuns: 15, seed: 7 });
    const files: string[] = [];
    for (const [index, [sessions, run, commitEvery]] of cases.entries()) {
      const file = path.join(directory, `${index}.h5`);
      await append(file, sessions, {
        height: 16,
        width: 16,
        placement: 'channel',
        run,
        commitEvery,
      });
      files.push(file);
    }
    const tables = await planeOffsets(files);
    for (const [index, [sessions, run]] of cases.entries()) {
      // A session's last run may be short; the next session starts a new one.
      const runOf: number[] = [];
      let runs = 0;
      for (const length of sessions) {
        for (let i = 0; i < length; i++) runOf.push(runs + Math.floor(i / run));
        runs += Math.ceil(length / run);
      }
      const planes = tables[index]!.flatMap((offsets, image) =>
        offsets.map((offset, channel) => ({
          offset,
          key: [runOf[image]!, channel, image] as const,
        })),
      );
      const byKey = planes.toSorted(
        (a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.key[2] - b.key[2],
      );
      const byOffset = planes.toSorted((a, b) => a.offset - b.offset);
      expect(byOffset.map(({ key }) => key)).toEqual(byKey.map(({ key }) => key));
      expect(byOffset[0]!.offset).toBeGreaterThan(0);
    }
  });

  it('of one channel lie one after the other in a long run', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await append(file, [600], { height: 32, width: 32, placement: 'channel', run: 256 });
    const [table] = await planeOffsets([file]);
    const reads = table!.filter((row, i) => i === 0 || row[1] !== table![i - 1]![1]! + 1024);
    expect(600 / reads.length).toBeGreaterThanOrEqual(40);
    const coalesced = table!.filter(
      (row, i) => i === 0 || row[1]! - table![i - 1]![1]! > 1024 + 4096,
    );
    expect(600 / coalesced.length).toBeGreaterThanOrEqual(100);
  });

  it('of one image lie side by side with placement image', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await append(file, [700, 300], { height: 32, width: 32, commitEvery: 100 });
    const [table] = await planeOffsets([file]);
    const gaps = table!.map(([r, g, b]) => Math.max(g! - r! - 1024, b! - g! - 1024));
    expect(gaps.filter((gap) => gap === 0).length / gaps.length).toBeGreaterThanOrEqual(0.98);
    expect(Math.min(...gaps)).toBe(0);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(4096);
    const firsts = table!.map(([r]) => r!);
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  });
});

it('refuses a run that memory could not hold, before it makes a file', async () => {
  const file = path.join(await temporaryDirectory(), 'file.h5');
  const options = { height: 1024, width: 1024, placement: 'channel' } as const;
  const opening = createIngester(file, options);
  await expect(opening).rejects.toThrow(InvalidOptionError);
  await expect(opening).rejects.toThrow(/at most 170/);
  const fitting = await createIngester(file, { ...options, run: 170 });
  await fitting.close();
});
