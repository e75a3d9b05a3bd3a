/** A thread that tries every mutant it is given the number of. */
import { parentPort, workerData } from 'node:worker_threads';
import { mutantOf, tryMutant } from './mutants.js';
import type { Seed } from './seeds.js';
import { addTally, emptyTally } from './tally.js';

export interface Work {
  readonly seeds: readonly Seed[];
  readonly runSeed: number;
  /** Which mutants: `first`, `first + step`, … below `end`. */
  readonly first: number;
  readonly step: number;
  readonly end: number;
  /** One number that the thread writes: the mutant that it is at. */
  readonly at: Int32Array;
}

const TOLD_EVERY_MS = 250;

const { seeds, runSeed, first, step, end, at } = workerData as Work;
let tally = emptyTally();
let told = performance.now();
for (let n = first; n < end; n += step) {
  Atomics.store(at, 0, n);
  const mutant = mutantOf(seeds, runSeed, n);
  const start = performance.now();
  const { verdicts, violations, shares } = await tryMutant(mutant, seeds);
  const now = performance.now();
  const what = { mutant: n, seed: mutant.seed.name, what: violations };
  addTally(tally, {
    mutants: 1,
    bytes: mutant.bytes.length,
    verdicts,
    shares,
    violations: violations.length === 0 ? [] : [what],
    slowest: { ms: now - start, mutant: n },
  });
  if (now - told < TOLD_EVERY_MS) continue;
  tell();
  told = now;
}
tell();

function tell(): void {
  parentPort!.postMessage(tally);
  tally = emptyTally();
}
