import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runGrowing } from '../../scripts/stress-growing/run.js';
import { temporaryDirectory } from '../support/temp.js';

it('a file that another process appends to is loaded as it was committed, image by image', async () => {
  const file = join(await temporaryDirectory(), 'growing.h5');
  const tally = await runGrowing(file, 1.5, 11);
  expect(tally.faults).toEqual([]);
  // Otherwise it has shown nothing.
  expect(tally.commits).toBeGreaterThan(1);
  expect(tally.openings).toBeGreaterThan(1);
  expect(tally.images).toBeGreaterThan(0);
});
