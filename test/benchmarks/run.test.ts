import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import type { BatchReport } from '../../benchmarks/lib/report.js';
import { repository } from '../../benchmarks/lib/files.js';
import { temporaryDirectory } from '../support/temp.js';

const small = ['--quick', '--images', '64', '--repetitions', '2'];

function bench(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(
    process.execPath,
    ['--import', 'tsx', path.join(repository, 'benchmarks', 'run.ts'), ...args],
    { cwd: repository, encoding: 'utf8', env: { ...process.env, ...env } },
  );
}

describe('npm run bench', () => {
  it('verifies and measures every system that is there, tells of those that are not', async () => {
    const folder = await temporaryDirectory();
    const json = path.join(folder, 'results.json');
    // Without h5py and a C compiler on purpose: their absence must not end the run.
    const { status, stdout, stderr } = bench([...small, '--json', json], {
      PLANEFEED_PYTHON: path.join(folder, 'no-python'),
      CC: path.join(folder, 'no-compiler'),
    });
    expect(stderr).toContain('deliver the same bytes');
    expect(status).toBe(0);
    const report = JSON.parse(fs.readFileSync(json, 'utf8')) as BatchReport;
    expect(report.schema).toBe('planefeed-benchmark/1');
    expect(report.data).toMatchObject({ images: 64, chunkShape: [1, 224, 224, 1] });
    expect(report.results.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['planefeed', 'peer', 'limit']),
    );
    for (const result of report.results) {
      expect(result.samples).toHaveLength(2);
      expect(Math.min(...result.samples)).toBeGreaterThan(0);
      expect(stdout).toContain(result.name);
    }
    expect(report.skipped).toHaveLength(3 + 4);
    expect(stdout).toContain('no C compiler');
    expect(stdout).toContain('npm run setup:h5py');
    expect(report.targets.map(({ name }) => name)).toEqual(['h5wasm, slice per image']);
  });

  it.each([
    [['--images', 'many'], 'Expected a whole number above 0'],
    [['--json', '/no/such/folder/results.json'], '--json /no/such/folder/results.json'],
    [['--imges', '3'], '--imges'],
    [['shufled-batches'], 'shuffled-batches'],
  ])('refuses %j in words, before it measures', (args, words) => {
    const { status, stderr, stdout } = bench(args);
    expect(status).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
  });
});
