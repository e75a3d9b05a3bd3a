import { expect, it } from 'vitest';

import { formatReport } from '../../benchmarks/lib/format-report.js';
import { readDirect } from '../../benchmarks/scenarios/read-direct.js';
import { h5py } from '../support/h5py.js';

it('read-direct verifies and measures every reader on every dataset', async () => {
  const said: string[] = [];
  const report = await readDirect({ quick: true, repetitions: 1, say: (line) => said.push(line) });
  const names = ['planefeed, readDirect', 'planefeed, get', 'h5wasm, slice'];
  const pythons = ['h5py, read_direct', 'h5py, slice'];
  expect(report.skipped.map(({ name }) => name)).toEqual(h5py.available ? [] : pythons);
  expect(report.cases.map(({ name }) => name)).toEqual(
    ['contiguous', 'chunked'].flatMap((storage) =>
      ['float32', 'uint8'].map((dtype) => `${storage} ${dtype}, 1 MiB a read`),
    ),
  );
  const verified = said.filter((line) => line.includes('deliver the same bytes'));
  expect(verified).toHaveLength(report.cases.length);
  const text = formatReport(report);
  for (const { name, results } of report.cases) {
    expect(text).toContain(name);
    expect(results.map((result) => result.name)).toEqual([
      ...names,
      ...(h5py.available ? pythons : []),
    ]);
    for (const { samples, rate } of results) {
      expect(samples).toHaveLength(1);
      expect(rate.median).toBeGreaterThan(0);
    }
  }
});
