/** Traces that are calculated, held to what is read of real files. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLoader } from 'planefeed';
import { openDatasets } from '#src/chunking/open-dataset.js';
import { writeImages } from '#src/laboratory/bench/write-images.js';
import { axisLines } from '#src/laboratory/layouts/axes.js';
import { layoutNamed, layoutsOf, type ImageSet } from '#src/laboratory/layouts/layout.js';
import { libraryTrace } from '#src/laboratory/layouts/library-trace.js';
import { loaderTrace } from '#src/laboratory/layouts/loader-trace.js';
import {
  patternNames,
  readersOf,
  tracePattern,
  type Pattern,
} from '#src/laboratory/layouts/patterns.js';
import {
  locateChunks,
  placeChunks,
  type PlacedImages,
} from '#src/laboratory/layouts/place-chunks.js';
import { openFileSource } from '#src/storage/file-source.js';
import { openH5 } from '#src/storage/h5.js';
import { sharedDirectory, type SharedDirectory } from '../../support/temp.js';

const SET: ImageSet = { shape: [60, 24, 20, 3], itemSize: 1 };
const NAMES = ['plane', 'plane-channel', 'image', 'block-plane', 'block-image', 'contiguous'];
const compressed = ['plane+gzip', 'block-image+shuffle+gzip'];

let temp: SharedDirectory;
const fileOf = (name: string): string => join(temp.path, `${name}.h5`);

async function located(name: string): Promise<PlacedImages> {
  const source = await openFileSource(fileOf(name));
  try {
    const { index } = await openDatasets(source).open('/images');
    return await locateChunks(SET, layoutNamed(SET, name), index);
  } finally {
    await source.close();
  }
}

beforeAll(async () => {
  temp = await sharedDirectory();
  for (const name of [...NAMES, 'auto', ...compressed]) {
    await writeImages(fileOf(name), SET, layoutNamed(SET, name));
  }
});
afterAll(() => temp.remove());

/** Reads of the file system that begin within a chunk while `action` runs. */
async function recorded(
  { locate }: PlacedImages,
  chunks: number,
  action: () => Promise<void>,
): Promise<[number, number][]> {
  const { offsets, sizes } = locate(Array.from({ length: chunks }, (_, i) => i));
  const isData = (at: number): boolean =>
    offsets.some((offset, i) => at >= offset && at < offset + sizes[i]!);
  const { readSync } = fs;
  const seen: [number, number][] = [];
  fs.readSync = ((...args: Parameters<typeof readSync>) => {
    const [, , , length, position] = args as unknown as number[];
    if (isData(position!)) seen.push([position!, length!]);
    return readSync(...args);
  }) as typeof readSync;
  syncBuiltinESMExports();
  try {
    await action();
  } finally {
    fs.readSync = readSync;
    syncBuiltinESMExports();
  }
  return seen;
}

const pairs = (trace: { offsets: Float64Array; lengths: Float64Array }): [number, number][] =>
  [...trace.offsets].map((offset, i) => [offset, trace.lengths[i]!]);

describe('where chunks lie', () => {
  it.each(NAMES)('%s: as calculated, but for what HDF5 puts between chunks', async (name) => {
    const layout = layoutNamed(SET, name);
    const real = await located(name);
    const { offsets: there, sizes } = real.locate(all(real));
    const calculated = placeChunks(SET, layout, { start: Math.min(...there) });
    const { offsets, sizes: expected } = calculated.locate(all(calculated));
    expect([...sizes]).toEqual([...expected]);
    const order = (places: Float64Array): number[] =>
      [...places.keys()].sort((a, b) => places[a]! - places[b]!);
    expect(order(there)).toEqual(order(offsets));
    for (const [i, offset] of there.entries()) {
      expect(Math.abs(offset - offsets[i]!)).toBeLessThan(8192);
    }
  });

  it('chunks of every layout and shape are one after the other, none twice', () => {
    const extent = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 600 }), extent, extent, fc.integer({ min: 1, max: 4 })),
        fc.nat({ max: 100 }),
        (shape, start) => {
          const set = { shape, itemSize: 1 };
          for (const layout of layoutsOf(set, ['none'])) {
            const placed = placeChunks(set, layout, { start });
            const { offsets, sizes } = placed.locate(all(placed));
            const sorted = [...offsets].sort((a, b) => a - b);
            expect(sorted).toEqual(sorted.map((_, i) => start + i * sizes[0]!));
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('what the loader reads of a real file is what is calculated', () => {
  it.each([...NAMES, 'auto', ...compressed])('%s', async (name) => {
    const placed = await located(name);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          batchSize: fc.integer({ min: 1, max: 20 }),
          prefetch: fc.constant(1),
          seed: fc.nat(),
          channels: fc.constantFrom([0, 1, 2], [1], [2, 0]),
          gap: fc.constantFrom(0, 600, 4096),
          crop: fc.boolean(),
        }),
        async ({ batchSize, prefetch, seed, channels, gap, crop }) => {
          const order: number[] = [];
          const options = {
            ...({ batchSize, prefetch, seed, channels, shuffle: 'full', workers: 0 } as const),
            ...({ coalesceGap: gap, verify: 'off', columns: {} } as const),
            ...(crop ? { crop: { height: 12, width: 10, at: 'centre' } as const } : {}),
          };
          // Opening reads a few planes too, for the fingerprint.
          await using loader = await openLoader(fileOf(name), options);
          const reads = await recorded(placed, all(placed).length, async () => {
            for await (const batch of loader) order.push(...batch.indices);
          });
          const reading = { ahead: batchSize * prefetch, depth: 1, gap };
          const part = crop ? { top: 6, left: 5, height: 12, width: 10 } : undefined;
          expect(pairs(loaderTrace(placed, order, channels, reading, part))).toEqual(reads);
        },
      ),
      { numRuns: 5 },
    );
  });
});

describe('what the HDF5 library reads of a real file is what is calculated', () => {
  const box = fc
    .tuple(...SET.shape.map((length) => fc.tuple(fc.nat(length - 1), fc.nat(length - 1))))
    .map((axes) => ({
      start: axes.map(([a, b]) => Math.min(a, b)),
      count: axes.map(([a, b]) => Math.abs(a - b) + 1),
    }));
  it.each([...NAMES, ...compressed])('%s', async (name) => {
    const placed = await located(name);
    await fc.assert(
      fc.asyncProperty(box, async (selection) => {
        const reads = await recorded(placed, all(placed).length, async () => {
          await using file = await openH5(fileOf(name), 'r');
          file.readElements('/images', selection);
        });
        expect(merged(reads)).toEqual(merged(pairs(libraryTrace(placed, [selection]))));
      }),
      { numRuns: 5 },
    );
  });
});

it('lines of a contiguous array: a run, a sieve buffer, one read each', () => {
  const [last, middle, first] = axisLines([1000, 224, 224], 1).map(({ trace }) => trace.offsets);
  expect([last!.length, middle!.length]).toEqual([1, 1]);
  expect(first!.length).toBe(500);
});

describe('every layout × pattern × reader', () => {
  const options = { images: 32, window: 16, reading: { ahead: 16, depth: 4 } };
  const set: ImageSet = { shape: [400, 32, 32, 3], itemSize: 1 };
  it('reads within the file, and never less than what is wanted, but for what it has still', () => {
    for (const layout of layoutsOf(set, ['none', 'gzip'])) {
      const placed = placeChunks(set, layout);
      for (const pattern of patternNames) {
        for (const reader of readersOf(pattern)) {
          const traced = tracePattern(placed, layout, pattern, reader, options);
          if (traced === undefined) {
            expect([layout.name, pattern]).toEqual(['contiguous', 'append']);
            continue;
          }
          const { trace, images, wanted } = traced;
          expect(images).toBeGreaterThanOrEqual(32);
          const bytes = trace.lengths.reduce((a, b) => a + b, 0);
          const what = `${layout.name}, ${pattern}, ${reader}`;
          expect(bytes, what).toBeGreaterThanOrEqual(wanted);
          for (const [offset, length] of pairs(trace)) {
            expect(offset + length, what).toBeLessThanOrEqual(placed.end);
          }
        }
      }
    }
  });

  it('the few names that there are', () => {
    expect(() => layoutNamed(set, 'contiguous+gzip')).toThrow(/There is no layout/);
    const shuffled: Pattern = 'images shuffled';
    expect(patternNames).toContain(shuffled);
  });
});

function all({ shape, chunkShape }: PlacedImages): number[] {
  const count = shape.reduce((n, length, d) => n * Math.ceil(length / chunkShape[d]!), 1);
  return Array.from({ length: count }, (_, i) => i);
}

/** Reads that follow each other are one: storage below the library may cut or join them. */
function merged(reads: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [offset, length] of reads) {
    const last = result.at(-1);
    if (last !== undefined && last[0] + last[1] === offset) last[1] += length;
    else result.push([offset, length]);
  }
  return result;
}
