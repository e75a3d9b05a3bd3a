import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import type { HardDisk } from '#src/laboratory/devices/device.js';
import { seekTimeOf } from '#src/laboratory/devices/seek.js';
import { innerRateFromMean, meanRate, rateOf, spiralOf } from '#src/laboratory/devices/spiral.js';
import { price } from '#src/laboratory/price.js';
import { randomTrace, sequentialTrace } from '#src/laboratory/synthetic-traces.js';
import { traceOf } from '#src/laboratory/trace.js';

const disk = deviceNamed('hdd').device as HardDisk;
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

describe('seek time', () => {
  const seekTime = seekTimeOf(disk);

  it('never shrinks with distance', () => {
    fc.assert(
      fc.property(fraction, fraction, (a, b) => {
        expect(seekTime(Math.max(a, b))).toBeGreaterThanOrEqual(seekTime(Math.min(a, b)));
      }),
    );
  });

  it('has the three published times', () => {
    expect(seekTime(0)).toBe(0);
    expect(seekTime(1e-12)).toBeCloseTo(disk.seek.trackToTrack, 6);
    expect(seekTime(1)).toBeCloseTo(disk.seek.fullStroke, 9);
    // Two random places are at distance d with density 2 · (1 − d).
    let mean = 0;
    const steps = 20000;
    for (let i = 0; i < steps; i++) {
      const distance = (i + 0.5) / steps;
      mean += (2 * (1 - distance) * seekTime(distance)) / steps;
    }
    expect(mean).toBeCloseTo(disk.seek.average, 5);
  });
});

describe('the spiral', () => {
  it('runs at the rate of its place, slower inwards', () => {
    const [spiral, rate] = [spiralOf(disk), rateOf(disk)];
    expect(rate(0)).toBeCloseTo(disk.outerRate, 0);
    expect(rate(disk.capacity)).toBeCloseTo(disk.innerRate, 0);
    fc.assert(
      fc.property(fraction, (place) => {
        const byte = place * (disk.capacity - 1e6);
        expect(1e6 / (spiral(byte + 1e6) - spiral(byte)) / rate(byte)).toBeCloseTo(1, 3);
      }),
    );
  });

  it('gives the mean rate that the inner rate was taken from', () => {
    expect(meanRate(200, innerRateFromMean(200, 150))).toBeCloseTo(150, 9);
    expect(innerRateFromMean(100, 100)).toBeCloseTo(100, 9);
  });
});

describe('a hard disk', () => {
  it('costs more for more distance', () => {
    // Hops of one length in a span: the turns that are waited for even out.
    const hop = (distance: number): number => {
      const reads = Array.from({ length: 400 }, (_, i): [number, number] => [
        i * 1_234_567 + (i % 2) * distance,
        4096,
      ]);
      return price(disk, traceOf(reads)).seconds;
    };
    const costs = [1e9, 1e10, 5e10, 1e11, 2e11, 4e11].map(hop);
    for (let i = 1; i < costs.length; i++) expect(costs[i]!).toBeGreaterThan(costs[i - 1]!);
  });

  it('reads in order without a seek, at the rate of the place', () => {
    for (const start of [0, 4e11]) {
      const cost = price(disk, sequentialTrace({ start, length: 1e8, size: 50176 }));
      expect(cost.seeks).toBe(1);
      const once = price(disk, sequentialTrace({ start, length: 1, size: 1 })).seconds;
      expect(1e8 / (cost.seconds - once) / rateOf(disk)(start + 5e7)).toBeCloseTo(1, 2);
    }
  });

  it('lets a short gap pass under the head, and seeks over a long one', () => {
    const skip = (gap: number): number =>
      price(
        disk,
        traceOf([
          [0, 65536],
          [65536 + gap, 65536],
        ]),
      ).seeks;
    expect(skip(0)).toBe(1);
    expect(skip(65536)).toBe(1);
    expect(skip(2 ** 26)).toBe(2);
  });

  it('gains from reordering what is in flight, up to its queue', () => {
    const seconds = [1, 32, 64].map(
      (depth) =>
        price(disk, randomTrace({ span: disk.capacity, size: 4096, count: 2000, depth })).seconds,
    );
    expect(seconds[0]! / seconds[1]!).toBeGreaterThan(2);
    expect(seconds[2]).toBe(seconds[1]);
  });

  it('waits at barriers: no reordering across', () => {
    const trace = randomTrace({ span: disk.capacity, size: 4096, count: 64, depth: 32 });
    const stepwise = { ...trace, barriers: Uint32Array.from(trace.offsets.keys()) };
    expect(price(disk, stepwise).seconds).toBe(price(disk, { ...trace, depth: 1 }).seconds);
  });

  it('refuses reads beyond its end', () => {
    const trace = traceOf([[disk.capacity - 100, 101]]);
    expect(() => price(disk, trace)).toThrow('ends at byte');
    expect(() => price(disk, traceOf([[0, 10]]), { start: disk.capacity - 5 })).toThrow('larger');
  });
});

describe('runs in a queue', () => {
  it('are read from their beginning, so that depth costs nothing', () => {
    // Runs of five neighbours in random places, each read in file order.
    const { offsets } = randomTrace({ span: 4e11, size: 2 ** 24, count: 60 });
    const reads = [...offsets].flatMap((offset) =>
      [0, 1, 2, 3, 4].map((i): [number, number] => [offset + i * 2 ** 21, 2 ** 21]),
    );
    const [alone, queued] = [1, 8].map((depth) => price(disk, traceOf(reads, { depth })));
    expect(queued!.seconds).toBeLessThanOrEqual(alone!.seconds);
    expect(queued!.seeks).toBe(60);
  });
});
