import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexPermutation } from '#src/loader/index-permutation.js';

const key = fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 4 });

describe('indexPermutation', () => {
  it('maps 0 … n-1 one to one onto itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), key, (n, keys) => {
        const permutation = indexPermutation(n, keys);
        const seen = new Set(Array.from({ length: n }, (_, position) => permutation(position)));
        expect(seen.size).toBe(n);
        for (const image of seen) expect(image >= 0 && image < n).toBe(true);
      }),
    );
  });

  it('stays within n, whole and without collisions, for n up to 2^52', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 31, max: 2 ** 52 }), key, (n, keys) => {
        const permutation = indexPermutation(n, keys);
        const images = Array.from({ length: 64 }, (_, i) => permutation(n - 1 - i));
        for (const image of images)
          expect(Number.isInteger(image) && image >= 0 && image < n).toBe(true);
        expect(new Set(images).size).toBe(64);
      }),
    );
  });

  it('is the same for the same key, and another for every part of a key', () => {
    const order = (...keys: number[]): number[] => {
      const permutation = indexPermutation(1000, keys);
      return Array.from({ length: 1000 }, (_, i) => permutation(i));
    };
    expect(order(1, 2)).toEqual(order(1, 2));
    const others = [order(1, 3), order(2, 2), order(2, 1), order(1 + 2 ** 32, 2), order(-1, 2)];
    const all = [order(1, 2), ...others].map((each) => each.join());
    expect(new Set(all).size).toBe(all.length);
  });

  // 99.99 % quantiles of chi-square; the seeds are fixed, so this either always holds or never.
  it.each([
    { n: 7, draws: 7000, quantile: 27.9 },
    { n: 64, draws: 64_000, quantile: 109.6 },
    { n: 100, draws: 100_000, quantile: 157 },
  ])('sends each position to every image equally often ($n images)', ({ n, draws, quantile }) => {
    for (const position of [0, 1, n - 1]) {
      const counts = new Float64Array(n);
      for (let seed = 0; seed < draws; seed++) {
        const image = indexPermutation(n, [seed, 0])(position);
        counts[image] = counts[image]! + 1;
      }
      expect(chiSquare(counts, draws / n)).toBeLessThan(quantile);
    }
  });

  it('sends neighbouring positions to unrelated images', () => {
    const n = 100;
    const distances = new Float64Array(n - 1);
    for (let seed = 0; seed < 100_000; seed++) {
      const permutation = indexPermutation(n, [seed]);
      const distance = (permutation(1) - permutation(0) + n) % n;
      distances[distance - 1] = distances[distance - 1]! + 1;
    }
    expect(chiSquare(distances, 100_000 / (n - 1))).toBeLessThan(157);
  });
});

function chiSquare(counts: Float64Array, expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
