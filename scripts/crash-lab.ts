/** `npm run crash-lab`: what is left of a file after a crash, ten thousand times. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { probe } from '../test/support/probe.js';
import { lostToH5py } from './crash-lab/h5py.js';
import { createJudge } from './crash-lab/judge.js';
import { killIngests, type KillTally } from './crash-lab/kills.js';
import { help, parseOptions, type LabOptions } from './crash-lab/options.js';
import { runSession, type Sample, type Tally } from './crash-lab/run.js';
import { sessions, type Bounds } from './crash-lab/sessions.js';
import { randomNumbers } from './fuzz/random.js';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(help);
  else await crash(options);
} catch (error) {
  console.error(`crash-lab: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function crash({ seed, states, kills, json }: LabOptions): Promise<void> {
  const memory = '/dev/shm';
  const inMemory = fs.existsSync(memory) ? memory : os.tmpdir();
  const folder = fs.mkdtempSync(path.join(inMemory, 'planefeed-crash-lab-'));
  const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'planefeed-crash-lab-'));
  try {
    const tallies: Tally[] = [];
    const samples: Sample[] = [];
    const all: Bounds[] = ['v110', 'earliest'];
    const judge = createJudge(path.join(folder, 'judge'));
    const each = Math.ceil(states / (all.length * sessions.length));
    for (const bounds of all) {
      for (const session of sessions) {
        const onSample = (sample: Sample): void => {
          samples.push(sample);
        };
        const options = { folder, judge, seed: seed + tallies.length, states: each, onSample };
        const tally = await runSession(session, bounds, options);
        tallies.push(tally);
        if (!json) print(tally);
      }
    }
    await judge.close();
    const h5py = probe('h5py').available
      ? { samples: samples.length, lost: lostToH5py(samples, folder) }
      : undefined;
    const numbers = randomNumbers(seed);
    const killed = await killIngests(kills, disk, () => numbers(2 ** 32) / 2 ** 32);
    report({ tallies, h5py, killed }, json);
  } finally {
    fs.rmSync(folder, { recursive: true });
    fs.rmSync(disk, { recursive: true });
  }
}

interface LabResult {
  readonly tallies: readonly Tally[];
  readonly h5py: { samples: number; lost: number } | undefined;
  readonly killed: KillTally;
}

function print(tally: Tally): void {
  const { states, lost, recoveries, lostRecoveries } = tally;
  console.log(`${tally.session}, ${tally.bounds}`);
  console.log(`  ${states} states: ${lost} lost`);
  const { killed, powerFailure } = tally.byItself;
  console.log(
    `  the file by itself, journal ignored: ${killed.lost} of ${killed.states} killed, ${powerFailure.lost} of ${powerFailure.states} after power failures`,
  );
  console.log(`  ${recoveries} crashes while recovering: ${lostRecoveries} lost`);
  console.log(`  written without a journal: ${tally.lostWithout} of ${tally.statesWithout} lost`);
  console.log(`  without the first fsync: ${tally.lostUnsynced} of ${tally.statesUnsynced} lost`);
  for (const example of tally.examples) console.log(`  lost: ${example}`);
}

function report({ tallies, h5py, killed }: LabResult, json: boolean): void {
  const sum = (of: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  const lost =
    sum((tally) => tally.lost + tally.lostRecoveries) +
    (h5py?.lost ?? 0) +
    (killed.killed - killed.resumed);
  if (json) {
    console.log(JSON.stringify({ lost, tallies, h5py, killed }));
  } else {
    const states = sum((tally) => tally.states + tally.recoveries);
    console.log(
      `${states} states in all; h5py read ${h5py?.samples ?? 0}, ${h5py?.lost ?? 0} wrong`,
    );
    console.log(
      `${killed.killed} ingests killed: ${killed.early} before their first commit, ${killed.asTheyStood} files at a commit as they stood, ${killed.resumed} resumed to the same content`,
    );
    console.log(lost === 0 ? 'nothing was lost' : `${lost} lost`);
  }
  if (lost > 0 || sum((tally) => tally.lostUnsynced) === 0) process.exitCode = 1;
}
