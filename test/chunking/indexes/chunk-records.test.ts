import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compactRecords, copyRecord, offsetOf } from '#src/chunking/indexes/chunk-records.js';
import { emptyLocations } from '#src/chunking/indexes/lazy-index.js';
import {
  blockOf,
  chunkOf,
  copyFromLeaf,
  leafOfScratch,
  mergeLeaves,
  SCRATCH,
  sliceOfLeaf,
  type Leaf,
} from '#src/chunking/indexes/sorted-leaf.js';

/** Offsets within a span of any size, -1 for absent ones. */
const places = fc
  .tuple(
    fc.constantFrom(2 ** 16, 2 ** 32 - 3, 2 ** 32 + 3, 2 ** 40, 2 ** 48 + 9, 2 ** 52),
    fc.nat(2 ** 50),
  )
  .chain(([span, base]) =>
    fc.array(
      fc.record({
        offset: fc.oneof(
          { weight: 4, arbitrary: fc.maxSafeNat().map((n) => base + (n % span)) },
          fc.constantFrom(-1, base, base + span),
        ),
        size: fc.constantFrom(100, 100, 100, 7, 2 ** 33),
        mask: fc.constantFrom(0, 0, 0, 5),
      }),
    ),
  );

it('hold what was put in, however far chunks lie apart', () => {
  fc.assert(
    fc.property(places, (records) => {
      const compact = compactRecords(
        Float64Array.from(records, ({ offset }) => offset),
        Float64Array.from(records, ({ size }) => size),
        Uint32Array.from(records, ({ mask }) => mask),
      );
      const locations = emptyLocations(1);
      for (const [i, { offset, size, mask }] of records.entries()) {
        expect(offsetOf(compact, i)).toBe(offset);
        copyRecord(compact, i, locations, 0);
        const expected = offset === -1 ? [-1, 0, 0] : [offset, size, mask];
        expect([locations.offsets[0], locations.sizes[0], locations.filterMasks[0]]).toEqual(
          expected,
        );
      }
    }),
  );
});

it('take 4 bytes a chunk, or 6 beyond 4 GiB', () => {
  const bytesOf = (step: number): number => {
    const offsets = Float64Array.from({ length: 1000 }, (_, i) => i * step);
    const { low, high, sizes, masks } = compactRecords(
      offsets,
      new Float64Array(1000).fill(9),
      new Uint32Array(1000),
    );
    expect([sizes, masks]).toEqual([9, null]);
    return low.byteLength + (high?.byteLength ?? 0);
  };
  expect([bytesOf(1000), bytesOf(1e7)]).toEqual([4000, 6000]);
});

/** A leaf of these chunks; chunk n lies at 1000 × n. */
function leafOf(chunks: readonly number[]): Leaf {
  chunks.forEach((chunk, i) => {
    SCRATCH.chunks[i] = chunk;
    SCRATCH.offsets[i] = 1000 * chunk;
    SCRATCH.sizes[i] = 10;
    SCRATCH.filterMasks[i] = 0;
  });
  return leafOfScratch(chunks.length);
}

const ascending = fc.uniqueArray(fc.nat(60), { minLength: 1 }).map((a) => a.sort((x, y) => x - y));

it('leaves give the same chunks when merged and cut', () => {
  fc.assert(
    fc.property(ascending, fc.array(fc.nat(60)), fc.array(fc.nat(60)), (chunks, cuts, picked) => {
      const own = chunks.filter((chunk) => picked.includes(chunk));
      const rest = chunks.filter((chunk) => !picked.includes(chunk));
      // A chunk of the node itself lies between two children.
      const ends = [...cuts, ...own, 61].sort((a, b) => a - b);
      const parts = ends.map((end, i) => rest.filter((c) => c >= (ends[i - 1] ?? 0) && c < end));
      const merged = mergeLeaves(parts.map(leafOf), leafOf(own))!;
      expect([...blockOf(merged).chunks]).toEqual(chunks);
      expect([...blockOf(merged).offsets]).toEqual(chunks.map((chunk) => 1000 * chunk));
      const found = emptyLocations(1);
      for (let chunk = 0; chunk <= 61; chunk++) {
        copyFromLeaf(merged, chunk, found, 0);
        expect(found.offsets[0]).toBe(chunks.includes(chunk) ? 1000 * chunk : -1);
      }
    }),
  );
  const whole = leafOf(Array.from({ length: 50 }, (_, i) => 10 + i));
  const slice = sliceOfLeaf(whole, 20, 25);
  expect([slice.first, slice.last, chunkOf(slice, 1)]).toEqual([20, 24, 21]);
  expect([...blockOf(slice).offsets]).toEqual([20_000, 21_000, 22_000, 23_000, 24_000]);
});

it('leaves that are out of order are not merged', () => {
  expect(mergeLeaves([leafOf([5, 6]), leafOf([6, 7])], null)).toBeNull();
  expect(mergeLeaves([leafOf([5, 9]), leafOf([7])], null)).toBeNull();
  expect(mergeLeaves([leafOf([5, 6]), leafOf([7])], leafOf([6]))).toBeNull();
});
