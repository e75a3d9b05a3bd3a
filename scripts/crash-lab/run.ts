import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { File, recover } from 'planefeed';
import { randomNumbers } from '../fuzz/random.js';
import type { Judge } from './judge.js';
import { allowed } from './judge.js';
import type { Recording } from './recording.js';
import { fileName, recordSession, withoutDataSync } from './recording.js';
import type { Bounds, Session } from './sessions.js';
import type { CrashState, Random } from './states.js';
import { killedStates, powerFailures } from './states.js';
import type { Trace } from './trace.js';
import { record, writeFiles } from './trace.js';

export interface Tally {
  readonly session: string;
  readonly bounds: Bounds;
  /** Distinct states of the session with the journal, and those lost in spite of it. */
  states: number;
  lost: number;
  /** Some of these states: those in which the file without its journal isn't at a commit. */
  readonly byItself: Readonly<Record<'killed' | 'powerFailure', { states: number; lost: number }>>;
  /** Distinct states of crashes while one of these was being recovered. */
  recoveries: number;
  lostRecoveries: number;
  /** Distinct states of the same session without a journal, and those lost. */
  statesWithout: number;
  lostWithout: number;
  /** With the journal, had the file not been synced before each record. */
  statesUnsynced: number;
  lostUnsynced: number;
  readonly examples: string[];
}

export interface Sample {
  readonly bytes: Buffer;
  readonly allowed: readonly string[];
}

export interface RunOptions {
  /** A folder of its own, best in memory. */
  readonly folder: string;
  readonly judge: Judge;
  readonly seed: number;
  /** Distinct states to make of the session, or as many as there are. */
  readonly states: number;
  /** Gets some of the recovered files, to be looked at by another program. */
  readonly onSample?: (sample: Sample) => void;
}

/** Every `sampleEvery`th state goes to h5py, and is also crashed again while it is recovered. */
const sampleEvery = 40;
/** Files by themselves are looked at now and then: HDF5 hangs in some, which takes its time. */
const rawEvery = 8;

export async function runSession(
  session: Session,
  bounds: Bounds,
  { folder, judge, seed, states, onSample }: RunOptions,
): Promise<Tally> {
  const numbers = randomNumbers(seed);
  const random: Random = () => numbers(2 ** 32) / 2 ** 32;
  const at = (name: string): string => {
    const made = path.join(folder, name);
    fs.rmSync(made, { recursive: true, force: true });
    fs.mkdirSync(made);
    return made;
  };
  const journalled = await recordSession(session, at('journalled'), bounds, true);
  const plain = await recordSession(session, at('plain'), bounds, false);
  if (plain.commits.join() !== journalled.commits.join()) {
    throw new Error(`${session.name}: the journal changes what is written`);
  }
  const tally = emptyTally(session.name, bounds);
  const complain = (state: CrashState, found: string): void => {
    if (tally.examples.length < 5)
      tally.examples.push(`${state.kind}, ${describe(state)}: ${found}`);
  };

  const { commits } = journalled;
  for (const state of distinct(journalled.trace, random, states)) {
    tally.states++;
    if (tally.states % rawEvery === 0) {
      const raw = tally.byItself[state.kind === 'killed' ? 'killed' : 'powerFailure'];
      raw.states++;
      if (!(await judge.asItStands(state, commits)).sound) raw.lost++;
    }
    const { sound, found, bytes } = await judge.recovered(state, commits);
    if (!sound) {
      tally.lost++;
      complain(state, found);
    }
    if (tally.states % sampleEvery !== 0) continue;
    if (bytes !== undefined) onSample?.({ bytes, allowed: allowed(state, commits) });
    await crashAgain(state, commits, judge, at('again'), random, tally);
  }
  // The others are there to be compared with: a part of them tells enough.
  const fewer = Math.max(20, Math.ceil(states / 8));
  for (const state of distinct(plain.trace, random, fewer)) {
    tally.statesWithout++;
    if (!(await judge.asItStands(state, commits)).sound) tally.lostWithout++;
  }
  for (const state of distinct(withoutDataSync(journalled.trace), random, fewer)) {
    tally.statesUnsynced++;
    if (!(await judge.recovered(state, commits)).sound) tally.lostUnsynced++;
  }
  return tally;
}

/** Crashes the recovery of a state, and recovers once more. */
async function crashAgain(
  state: CrashState,
  commits: Recording['commits'],
  judge: Judge,
  folder: string,
  random: Random,
  tally: Tally,
): Promise<void> {
  const file = path.join(folder, fileName);
  writeFiles(folder, state.files);
  if (!fs.existsSync(file)) return;
  const recorder = record(folder);
  try {
    // Opening for writing recovers, too.
    if (random() < 0.5) await recover(file);
    else (await File.open(file, 'r+', { journal: true, durability: 'full' })).close();
  } catch {
    // It counts as lost already.
  }
  for (const again of distinct(recorder.stop(), random, 40)) {
    tally.recoveries++;
    const { sound, found } = await judge.recovered({ ...again, commits: state.commits }, commits);
    if (sound) continue;
    tally.lostRecoveries++;
    if (tally.examples.length < 5) tally.examples.push(`recovering: ${describe(again)}: ${found}`);
  }
}

/** Every state of a killed process, then power failures, `count` in all; none twice. */
function* distinct(trace: Trace, random: Random, count: number): Generator<CrashState> {
  const seen = new Set<string>();
  let repeated = 0;
  const isNew = (state: CrashState): boolean => {
    const key = keyOf(state);
    if (seen.has(key)) return false;
    seen.add(key);
    repeated = 0;
    return true;
  };
  for (const state of killedStates(trace)) {
    if (seen.size === Math.ceil(count / 2)) break;
    if (isNew(state)) yield state;
  }
  for (const state of powerFailures(trace, random)) {
    if (seen.size >= count || repeated++ > 200) return;
    if (isNew(state)) yield state;
  }
}

function keyOf({ files, commits }: CrashState): string {
  const hash = createHash('sha1').update(String(commits));
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\0${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('base64');
}

function describe({ files, commits }: CrashState): string {
  const sizes = [...files].map(([name, bytes]) => `${name} ${bytes.length}`).join(', ');
  return `after commit ${commits}, with ${sizes}`;
}

function emptyTally(session: string, bounds: Bounds): Tally {
  return {
    session,
    bounds,
    states: 0,
    lost: 0,
    byItself: { killed: { states: 0, lost: 0 }, powerFailure: { states: 0, lost: 0 } },
    recoveries: 0,
    lostRecoveries: 0,
    statesWithout: 0,
    lostWithout: 0,
    statesUnsynced: 0,
    lostUnsynced: 0,
    examples: [],
  };
}
