import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOrder, type Shuffle } from '#src/loader/order.js';

const shuffles: fc.Arbitrary<Shuffle> = fc.oneof(
  fc.constant<Shuffle>(false),
  fc.constant<Shuffle>('full'),
  fc.record({ window: fc.integer({ min: 1, max: 3000 }) }),
);
const images = fc.integer({ min: 0, max: 2000 });

describe('epochOrder', () => {
  it('delivers every image once, whatever the shuffle', () => {
    fc.assert(
      fc.property(shuffles, fc.integer(), fc.nat(50), images, (shuffle, seed, epoch, n) => {
        const sorted = order(shuffle, seed, epoch, n).sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('can be asked in any order', () => {
    fc.assert(
      fc.property(shuffles, fc.integer(), images, (shuffle, seed, n) => {
        const forwards = order(shuffle, seed, 0, n);
        const at = epochOrder(shuffle, seed, 0, n);
        const backwards = Array.from({ length: n }, (_, i) => at(n - 1 - i)).reverse();
        expect(backwards).toEqual(forwards);
      }),
    );
  });

  it('is the stored order without shuffle, and differs from epoch to epoch with it', () => {
    expect(order(false, 5, 3, 4)).toEqual([0, 1, 2, 3]);
    for (const shuffle of ['full', { window: 64 }] as const) {
      expect(order(shuffle, 5, 3, 500)).not.toEqual(order(shuffle, 5, 4, 500));
      expect(order(shuffle, 5, 3, 500)).not.toEqual(order(shuffle, 6, 3, 500));
    }
  });

  it('takes the images of a window from √window runs of neighbours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer(), images, (window, seed, n) => {
        const all = order({ window }, seed, 1, n);
        const run = Math.max(1, Math.floor(Math.sqrt(Math.min(window, n))));
        for (let start = 0; start < n; start += window) {
          const here = new Set(all.slice(start, start + window));
          const runs = [...here].filter((image) => !here.has((image + n - 1) % n)).length;
          // A window whose ends cut a run has a part of one more on each side.
          expect(runs).toBeLessThanOrEqual(Math.ceil(Math.min(window, n) / run) + 2);
        }
      }),
    );
  });

  it('parts neighbours in one epoch or another, whatever the window', () => {
    const [window, n] = [100, 1000];
    let inseparable = range(n - 1);
    for (let epoch = 0; epoch < 40; epoch++) {
      const windowOf = new Float64Array(n);
      order({ window }, 1, epoch, n).forEach((image, position) => {
        windowOf[image] = Math.floor(position / window);
      });
      inseparable = inseparable.filter((image) => windowOf[image] === windowOf[image + 1]);
    }
    // A cut is between two neighbours in one of ten epochs: 0.9^40 never are parted.
    expect(inseparable.length).toBeLessThan(0.05 * n);
  });
});

function order(shuffle: Shuffle, seed: number, epoch: number, n: number): number[] {
  const at = epochOrder(shuffle, seed, epoch, n);
  return Array.from({ length: n }, (_, position) => at(position));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
