import fs from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lostToH5py } from '../../scripts/crash-lab/h5py.js';
import { createJudge, type Judge } from '../../scripts/crash-lab/judge.js';
import { killIngests } from '../../scripts/crash-lab/kills.js';
import { runSession, type Sample } from '../../scripts/crash-lab/run.js';
import { sessions, type Bounds } from '../../scripts/crash-lab/sessions.js';
import { randomNumbers } from '../../scripts/fuzz/random.js';
import { h5py } from '../support/h5py.js';
import { sharedDirectory, temporaryDirectory, type SharedDirectory } from '../support/temp.js';

const samples: Sample[] = [];
let lostUnsynced = 0;
let temp: SharedDirectory;
let judge: Judge;

beforeAll(async () => {
  temp = await sharedDirectory();
  judge = createJudge(path.join(temp.path, 'judge'));
});
afterAll(async () => {
  await judge.close();
  await temp.remove();
});

const cases = sessions.flatMap((session, n) =>
  (['v110', 'earliest'] as const).map((bounds): [string, Bounds, number] => [
    session.name,
    bounds,
    n,
  ]),
);

describe('after a crash', () => {
  it.each(cases)('%s (%s) is at a commit', async (_name, bounds, n) => {
    const tally = await runSession(sessions[n]!, bounds, {
      folder: temp.path,
      judge,
      seed: 7 + n,
      states: 60,
      onSample: (sample) => {
        samples.push(sample);
      },
    });
    expect(tally.examples).toEqual([]);
    expect(tally.states).toBe(60);
    expect(tally.lost + tally.lostRecoveries).toBe(0);
    expect(tally.lostWithout).toBeGreaterThan(0);
    lostUnsynced += tally.lostUnsynced;
  });

  it('something would be lost without the first fsync of a commit', () => {
    expect(lostUnsynced).toBeGreaterThan(10);
  });

  it.runIf(h5py.available)('h5py reads the same', () => {
    expect(samples.length).toBeGreaterThan(3);
    expect(lostToH5py(samples, temp.path)).toBe(0);
  });

  it('a killed ingest is resumed to the same content', async () => {
    const folder = await temporaryDirectory();
    const numbers = randomNumbers(3);
    const tally = await killIngests(3, folder, () => numbers(2 ** 32) / 2 ** 32);
    expect(tally).toMatchObject({ killed: 3, resumed: 3 });
    expect(fs.existsSync(path.join(folder, 'killed.h5-journal'))).toBe(false);
  });
});
