import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectBytes, collectNumbers } from '#src/loader/channel-moments.js';
import { createByteSums, type ByteSums } from '#src/loader/kernels/byte-sums.js';

const sumsOf = createByteSums();

/** Mean and variance of integers as exact fractions, rounded once. */
function exactly(values: readonly number[]): { mean: number; variance: number } {
  const n = values.length;
  const sum = values.reduce((a, b) => a + b, 0);
  const squares = values.reduce((a, b) => a + b * b, 0);
  return { mean: sum / n, variance: (n * squares - sum * sum) / (n * n) };
}

/** The kernel's meaning. */
function plainSums(bytes: Uint8Array): ByteSums {
  return {
    sum: bytes.reduce((a, b) => a + BigInt(b), 0n),
    squares: bytes.reduce((a, b) => a + BigInt(b * b), 0n),
    least: bytes.reduce((a, b) => Math.min(a, b), 255),
    greatest: bytes.reduce((a, b) => Math.max(a, b), 0),
  };
}

describe('createByteSums', () => {
  it('equals its meaning', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(sumsOf(bytes)).toEqual(plainSums(bytes));
      }),
    );
  });

  it.each([255, 128])('overflows nowhere, for many bytes of %i', (value) => {
    for (const length of [65536, 65551, 2 ** 20, 2 ** 20 + 2 ** 17 + 5]) {
      const sums = { least: value, greatest: value, sum: BigInt(length * value) };
      const squares = BigInt(length * value * value);
      expect(sumsOf(new Uint8Array(length).fill(value))).toEqual({ ...sums, squares });
    }
  });
});

describe('collectBytes', () => {
  it('is exact, however the values are cut', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, (lists) => {
        const values = lists.flatMap((list) => Array.from(list));
        fc.pre(values.length > 0);
        const collector = collectBytes(sumsOf);
        for (const list of lists) collector.add(list);
        expect(collector.moments()).toEqual({
          ...exactly(values),
          count: values.length,
          min: Math.min(...values),
          max: Math.max(...values),
        });
      }),
    );
  });

  it('is exact where sums of squares in double precision are not', () => {
    // 255, and once 254: n² times the variance is n - 1.
    const n = 2 ** 24;
    const values = new Uint8Array(n).fill(255);
    values[7] = 254;
    const collector = collectBytes(sumsOf);
    collector.add(values);
    const { mean, variance } = collector.moments();
    expect(mean).toBe(255 - 1 / n);
    expect(variance).toBe((n - 1) / n / n);
  });
});

describe('collectNumbers', () => {
  it('agrees with two passes over all values, however they are cut', () => {
    const number = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
    const parts = fc.array(fc.array(number, { maxLength: 20 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, (lists) => {
        const values = lists.flat();
        fc.pre(values.length > 0);
        const collector = collectNumbers();
        for (const list of lists) collector.add(Float32Array.from(list));
        const { count, mean, variance, min, max } = collector.moments();
        const expectedMean = values.reduce((a, b) => a + b, 0) / values.length;
        const expected = values.reduce((a, b) => a + (b - expectedMean) ** 2, 0) / values.length;
        const size = Math.max(1, ...values.map(Math.abs));
        expect(count).toBe(values.length);
        expect(Math.abs(mean - expectedMean)).toBeLessThan(1e-12 * size);
        expect(Math.abs(variance - expected)).toBeLessThan(1e-12 * size * size);
        expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });

  it('keeps a small spread about a large mean, which squares would lose', () => {
    const collector = collectNumbers();
    for (let part = 0; part < 100; part++) {
      collector.add(Float32Array.from({ length: 100 }, (_, i) => 2 ** 23 + (i % 2)));
    }
    expect(collector.moments()).toMatchObject({ mean: 2 ** 23 + 0.5, variance: 0.25 });
  });

  it('is NaN where a value is', () => {
    const collector = collectNumbers();
    collector.add(Float32Array.of(1, Number.NaN, 2));
    collector.add(Float32Array.of(3));
    const { mean, variance, min, max } = collector.moments();
    expect([mean, variance, min, max]).toEqual(Array(4).fill(Number.NaN));
  });
});
