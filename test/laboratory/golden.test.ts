import { describe, expect, it } from 'vitest';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import { price } from '#src/laboratory/price.js';
import { randomTrace, sequentialTrace } from '#src/laboratory/synthetic-traces.js';
import { traceOf, type ReadTrace } from '#src/laboratory/trace.js';

const PLANE = 224 * 224;

/** A few hundred reads each, as a loader makes them: what they cost must not change unnoticed. */
const goldenTraces: Readonly<Record<string, ReadTrace>> = {
  'planes in order': sequentialTrace({ length: 300 * PLANE, size: PLANE }),
  'images shuffled, depth 1': randomTrace({ span: 5e10, size: 3 * PLANE, count: 300 }),
  'images shuffled, depth 32': randomTrace({ span: 5e10, size: 3 * PLANE, count: 300, depth: 32 }),
  'three runs in step': traceOf(
    Array.from({ length: 300 }, (_, i) => [(i % 3) * 1e10 + Math.floor(i / 3) * PLANE, PLANE]),
    { depth: 3, barriers: Array.from({ length: 99 }, (_, i) => 3 * (i + 1)) },
  ),
};

/** Seconds and seeks. */
const expected: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  'planes in order': {
    hdd: [0.135889, 1],
    ssd: [0.0337987, 0],
    nvme: [0.00572346, 0],
    'object-store': [45.172, 0],
  },
  'images shuffled, depth 1': {
    hdd: [2.66587, 300],
    ssd: [0.125994, 0],
    nvme: [0.0410346, 0],
    'object-store': [45.5161, 0],
  },
  'images shuffled, depth 32': {
    hdd: [1.38725, 300],
    ssd: [0.0845824, 0],
    nvme: [0.0103131, 0],
    'object-store': [1.5172, 0],
  },
  'three runs in step': {
    hdd: [1.72432, 201],
    ssd: [0.0391979, 0],
    nvme: [0.0128796, 0],
    'object-store': [15.0573, 0],
  },
};

describe('golden traces', () => {
  it.each(Object.keys(goldenTraces))('%s', (name) => {
    const costs = Object.fromEntries(
      ['hdd', 'ssd', 'nvme', 'object-store'].map((device) => {
        const { seconds, seeks } = price(deviceNamed(device).device, goldenTraces[name]!);
        return [device, [Number(seconds.toPrecision(6)), seeks]];
      }),
    );
    expect(costs).toEqual(expected[name]);
  });
});
