import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addPrices, price, type Price } from '#src/laboratory/price.js';
import { randomTrace } from '#src/laboratory/synthetic-traces.js';
import { joinTraces, traceBytes, traceOf } from '#src/laboratory/trace.js';
import { devices, reads, SPAN, traces } from './arbitraries.js';

/** Room for the rounding of sums of seconds. */
const slack = (seconds: number): number => 1e-9 * (1 + seconds);

describe.each(devices)('the price on %s', (_, device) => {
  it('is the same every time, counts reads and bytes, and never beats the full rate', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const first = price(device, trace);
        expect(price(device, trace)).toEqual(first);
        expect(first.reads).toBe(trace.offsets.length);
        expect(first.bytes).toBe(traceBytes(trace));
        expect(first.seconds).toBeGreaterThanOrEqual(first.transferSeconds - slack(first.seconds));
        expect(first.seeks).toBeLessThanOrEqual(first.reads);
      }),
    );
  });

  it('of independent traces adds up', () => {
    fc.assert(
      fc.property(traces, traces, (a, b) => {
        const apart = [price(device, a), price(device, b)] as const;
        const sum = addPrices(apart);
        expect(sum.seconds).toBe(apart[0].seconds + apart[1].seconds);
        expect(sum.seeks).toBe(apart[0].seeks + apart[1].seeks);
        expect(sum.bytes).toBe(traceBytes(a) + traceBytes(b));
      }),
    );
  });

  it('of one trace after another differs from the sum by one approach at most', () => {
    const approach = price(device, traceOf([[0, 1]])).seconds;
    // A seek over the whole disk and a turn, where there is an arm.
    const worst = device.kind === 'hdd' ? device.seek.fullStroke + 60 / device.rpm : 0;
    fc.assert(
      fc.property(reads, reads, (a, b) => {
        const [first, second] = [traceOf(a), traceOf(b)];
        const apart = price(device, first).seconds + price(device, second).seconds;
        const joined = price(device, joinTraces(first, second)).seconds;
        expect(Math.abs(joined - apart)).toBeLessThanOrEqual(approach + worst + slack(apart));
      }),
    );
  });

  it('never grows by reading two neighbours at once, and seeks are never more', () => {
    const neighbours = fc.tuple(
      reads,
      fc.nat(),
      fc.integer({ min: 1, max: 2 ** 20 }),
      fc.integer({ min: 1, max: 2 ** 20 }),
    );
    fc.assert(
      fc.property(neighbours, ([others, at, one, two]) => {
        const place = at % (others.length + 1);
        const start = 1 + ((at * 7919) % SPAN);
        const withBoth = (middle: [number, number][]): Price =>
          price(device, traceOf([...others.slice(0, place), ...middle, ...others.slice(place)]));
        const split = withBoth([
          [start, one],
          [start + one, two],
        ]);
        const whole = withBoth([[start, one + two]]);
        expect(whole.seeks).toBeLessThanOrEqual(split.seeks);
        // On flash, a read of many pages waits for the slowest of them; the next one finds them ready.
        const pages = 'manyPages' in device ? device.manyPages.seconds : 0;
        expect(whole.seconds).toBeLessThanOrEqual(split.seconds + pages + slack(split.seconds));
      }),
    );
  });

  it('never grows with depth, for reads all over the device', () => {
    for (const size of [4096, 49152, 2 ** 20]) {
      const rates = [1, 2, 4, 8, 16, 32, 64].map(
        (depth) => price(device, randomTrace({ span: SPAN, size, count: 1500, depth })).seconds,
      );
      for (let i = 1; i < rates.length; i++) {
        expect(rates[i]!).toBeLessThanOrEqual(rates[i - 1]! * 1.0001);
      }
    }
  });

  it('never shrinks when a read grows, one read at a time', () => {
    fc.assert(
      fc.property(reads, fc.nat(), fc.integer({ min: 1, max: 2 ** 22 }), (list, at, more) => {
        const i = at % list.length;
        const longer = list.map(([offset, length], k): [number, number] => [
          offset,
          k === i ? length + more : length,
        ]);
        // The last read: a longer one elsewhere may end nearer to the next.
        const last = [...list.slice(0, i + 1)];
        const lastLonger = longer.slice(0, i + 1);
        expect(price(device, traceOf(lastLonger)).seconds).toBeGreaterThanOrEqual(
          price(device, traceOf(last)).seconds - slack(1),
        );
      }),
    );
  });
});

describe('distance on devices without an arm', () => {
  it.each(devices.filter(([name]) => name !== 'hdd'))('never costs less on %s', (_, device) => {
    const place = fc.integer({ min: 0, max: SPAN });
    fc.assert(
      fc.property(place, place, (a, b) => {
        const after = (away: number): number =>
          price(
            device,
            traceOf([
              [0, 4096],
              [4097 + away, 4096],
            ]),
          ).seconds;
        expect(after(Math.max(a, b))).toBeGreaterThanOrEqual(after(Math.min(a, b)));
      }),
    );
  });
});

describe('depth on devices without an arm', () => {
  it.each(devices.filter(([name]) => name !== 'hdd'))('never makes %s slower', (_, device) => {
    fc.assert(
      fc.property(traces, fc.integer({ min: 1, max: 32 }), (trace, more) => {
        const deeper = { ...trace, depth: trace.depth + more };
        const seconds = price(device, trace).seconds;
        expect(price(device, deeper).seconds).toBeLessThanOrEqual(seconds + slack(seconds));
      }),
    );
  });
});
