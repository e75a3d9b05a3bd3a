import { expect, it } from 'vitest';

import { loaderLayouts } from '../../benchmarks/scenarios/loader-layouts.js';

it('loader-layouts compares the same images, and counts a third of the bytes', async () => {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const report = await loaderLayouts({ quick: true, images: 32, repetitions: 1, say });
  expect(said.filter((line) => line.includes('deliver the same bytes'))).toHaveLength(2);
  expect(report.cases.map(({ results }) => results.length)).toEqual([4, 4]);
  expect(report.targets.map(({ atLeast }) => atLeast)).toEqual([0.95, 0.95, 2.5, 2.5]);
  for (const { measured } of report.targets) expect(measured).toBeGreaterThan(0);
  expect(report.bounds).toMatchObject([{ measured: 1, met: true }]);
}, 60_000);
