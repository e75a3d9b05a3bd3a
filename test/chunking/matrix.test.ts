/** Datasets drawn at random, written by h5py: the small part of `npm run corpora`. */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { openComparison, type Comparison } from '../../scripts/corpora/compare.js';
import { compareMatrix } from '../../scripts/corpora/matrix.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

describeWithH5py('generated datasets', () => {
  let temp: SharedDirectory;
  let comparison: Comparison;
  beforeAll(async () => {
    temp = await sharedDirectory();
    comparison = openComparison(h5py.python);
  });
  afterAll(async () => {
    comparison.close();
    await temp.remove();
  });

  it('have the values that h5py reads', async () => {
    const options = { python: h5py.python, directory: temp.path, seed: 7, count: 600 };
    const files = await compareMatrix(comparison, options);
    const different: string[] = [];
    const indexes = new Map<string, number>();
    let h5pyCannot = 0;
    for (const { file, made, datasets, h5pyError } of files) {
      expect(h5pyError, file).toBeUndefined();
      for (const { path, outcome } of datasets) {
        if (outcome.kind === 'equal') {
          indexes.set(outcome.index, (indexes.get(outcome.index) ?? 0) + 1);
        } else if (outcome.kind === 'h5py cannot') h5pyCannot += 1;
        else different.push(`${file} ${path} ${made[path] ?? ''}: ${JSON.stringify(outcome)}`);
      }
    }
    expect(different).toEqual([]);
    // h5py can't read what it wrote when a chunk was written twice with other masks.
    expect(h5pyCannot).toBeLessThan(10);
    expect([...indexes.keys()].sort()).toEqual([
      'compact',
      'contiguous',
      'extensible array',
      'fixed array',
      'implicit',
      'single chunk',
      'v1 B-tree',
      'v2 B-tree',
    ]);
  }, 180_000);
});
