import { expect, it } from 'vitest';

import { formatReport } from '../../benchmarks/lib/format-report.js';
import { ingest } from '../../benchmarks/scenarios/ingest.js';
import { h5py } from '../support/h5py.js';

it('ingest verifies and measures what writes JPEGs and arrays', async () => {
  const said: string[] = [];
  const report = await ingest({ quick: true, repetitions: 1, say: (line) => said.push(line) });
  const pythons = h5py.available ? ['h5py, plane slices', 'h5py, write_direct_chunk'] : [];
  const decoding = ['planefeed, ingest', 'sharp alone'];
  const arrays = ['planefeed, appendBatch', 'planefeed, with fsync', 'planefeed, no journal'];
  expect(report.cases.map(({ results }) => results.map(({ name }) => name))).toEqual([
    decoding,
    decoding,
    [...arrays, ...pythons],
    [...arrays, ...pythons],
  ]);
  expect(said.filter((line) => line.includes('deliver the same bytes'))).toHaveLength(4);
  expect(report.targets).toHaveLength(h5py.available ? 6 : 4);
  const text = formatReport(report);
  for (const { name, results } of report.cases) {
    expect(text).toContain(name);
    for (const { rate } of results) expect(rate.median).toBeGreaterThan(0);
  }
});
