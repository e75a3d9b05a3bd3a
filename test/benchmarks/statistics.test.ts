import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pairedRatios, slopeOf, summarize } from '../../benchmarks/lib/statistics.js';

const rate = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const rates = fc.array(rate, { minLength: 1, maxLength: 20 });

describe('summarize', () => {
  it('gives the middle of an odd number of samples, the mean of the two of an even one', () => {
    expect(summarize([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 });
    expect(summarize([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
  });

  it('has half of the samples on either side of the median, in any order of samples', () => {
    fc.assert(
      fc.property(rates, (samples) => {
        const { median, min, max } = summarize(samples);
        expect(samples.filter((sample) => sample <= median).length * 2).toBeGreaterThanOrEqual(
          samples.length,
        );
        expect(samples.filter((sample) => sample >= median).length * 2).toBeGreaterThanOrEqual(
          samples.length,
        );
        expect([min, max]).toEqual([Math.min(...samples), Math.max(...samples)]);
        expect(summarize(samples.toReversed())).toEqual({ median, min, max });
      }),
    );
  });

  it('refuses to summarize nothing', () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});

describe('pairedRatios', () => {
  it('does not see what slows both down in one repetition', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(rate, fc.constantFrom(1, 2, 4)), { minLength: 1 }), (pairs) => {
        const slowed = pairs.map(([value, slowdown]) => value / slowdown);
        const others = pairs.map(([, slowdown]) => 8 / slowdown);
        expect(pairedRatios(slowed, others)).toEqual(pairs.map(([value]) => value / 8));
      }),
    );
  });

  it('refuses different numbers of repetitions', () => {
    expect(() => pairedRatios([1, 2], [1])).toThrow('got 2, 1');
  });
});

describe('slopeOf', () => {
  it('is that of the line which values lie on', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer({ min: 2, max: 30 }), (at, slope, n) => {
        const values = Array.from({ length: n }, (_, i) => at + slope * i);
        expect(slopeOf(values)).toBeCloseTo(slope);
      }),
    );
  });

  it('of a single value is 0', () => {
    expect(slopeOf([5])).toBe(0);
  });
});
