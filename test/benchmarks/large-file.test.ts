import { expect, it } from 'vitest';

import { formatReport } from '../../benchmarks/lib/format-report.js';
import { largeFile } from '../../benchmarks/scenarios/large-file.js';

it('large-file verifies and measures opening in processes of its own, and their memory', async () => {
  const said: string[] = [];
  const report = await largeFile({ quick: true, repetitions: 1, say: (line) => said.push(line) });
  expect(said.some((line) => line.includes('deliver the same bytes'))).toBe(true);
  expect(report.cases.flatMap(({ results }) => results.map(({ name }) => name))).toEqual([
    'planefeed, 0 workers',
    'planefeed, 2 workers',
  ]);
  expect(report.bounds.map(({ unit }) => unit)).toEqual([
    ...['ms', 'ms', 'MB', 'MB', 'MB', 'MB'],
    ...['MB', 'MB'],
  ]);
  for (const { measured } of report.bounds.slice(0, 6)) expect(measured).toBeGreaterThan(0);
  expect(formatReport(report)).toContain('growth by epoch');
}, 60_000);
