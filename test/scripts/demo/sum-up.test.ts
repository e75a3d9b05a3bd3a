import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { sumUp } from '../../../scripts/demo/sum-up.js';

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const result = (...accuracies: number[]) => ({
  ingest: 800,
  streaming: { planefeed: 30_000, plain: 5000 },
  training: {
    majority: 0.125,
    waiting: 0.02,
    runs: accuracies.map((accuracy, i) => ({ seed: i + 1, accuracy, waitTime: 1, trainTime: 49 })),
  },
  seconds: 30,
});

it('prints every figure', () => {
  sumUp(result(0.5));
  const table = lines.join('\n');
  expect(table).toMatch(/ingest +800 images\/s/);
  expect(table).toMatch(/stream +30,000 images\/s/);
  expect(table).toMatch(/plain h5wasm +5,000 images\/s +planefeed: 6 times as fast/);
  expect(table).toMatch(/waiting for data +2\.0 %/);
  expect(table).toMatch(/largest class +12\.5 %/);
  expect(table).toMatch(/seed 1 +50\.0 % .*: 4 times that/);
});

it('names the seeds that are right less than twice as often as the largest class', () => {
  expect(sumUp(result(0.25, 0.249, 0.6, NaN))).toEqual([2, 4]);
});
