import { expect, it } from 'vitest';

import { formatReport } from '../../benchmarks/lib/format-report.js';
import { indexKinds } from '../../benchmarks/lib/index-file.js';
import { missingPython } from '../../benchmarks/lib/python.js';
import { chunkIndex } from '../../benchmarks/scenarios/chunk-index.js';

it('chunk-index verifies and measures every reader on every kind of index', async () => {
  const said: string[] = [];
  const report = await chunkIndex({ quick: true, repetitions: 1, say: (line) => said.push(line) });
  const pythons = ['h5py', 'hidefix'].filter((module) => missingPython(module) === undefined);
  const kinds = indexKinds.filter((kind) => kind !== 'implicit' || pythons.includes('h5py'));
  expect(report.cases.map(({ name }) => name)).toEqual(
    kinds.flatMap((kind) => [
      `${kind}: open, and list 2,000 chunks`,
      `${kind}: open, and find one of 2,000 chunks`,
    ]),
  );
  const verified = said.filter((line) => line.includes('deliver the same bytes'));
  expect(verified).toHaveLength(report.cases.length);
  const text = formatReport(report);
  for (const { name, results } of report.cases) {
    expect(text).toContain(name);
    expect(results.map((result) => result.name)).toEqual(['planefeed', ...pythons, 'jsfive']);
    for (const { rate } of results) expect(rate.median).toBeGreaterThan(0);
  }
  expect(report.bounds.map(({ unit }) => unit)).toEqual(['ms', 'ms', 'MB', 'reads']);
  for (const { measured } of report.bounds) expect(measured).toBeGreaterThan(0);
}, 180_000);
