import { exercise, type Outcome } from './exercise.js';
import { mutated } from './mutate.js';
import { mutantNumbers } from './random.js';
import type { Seed } from './seeds.js';

export interface Mutant {
  readonly number: number;
  readonly seed: Seed;
  readonly bytes: Uint8Array;
  /** Datasets to open by name. */
  readonly paths: readonly string[];
}

/** Mutant `n` of a run, always the same: the first are the seeds as they are, then their mutants. */
export function mutantOf(seeds: readonly Seed[], runSeed: number, n: number): Mutant {
  const seed = seeds[n];
  if (seed !== undefined) return { number: n, seed, bytes: seed.bytes, paths: seed.paths };
  const mutable = seeds.filter(({ mutable }) => mutable);
  const parent = mutable[n % mutable.length]!;
  const random = mutantNumbers(runSeed, n);
  const bytes = mutated(parent.bytes, parent.anatomy, random);
  const path = parent.paths[random(Math.max(1, parent.paths.length))];
  return { number: n, seed: parent, bytes, paths: path === undefined ? [] : [path] };
}

/** Reads a mutant. That a sound seed can't be read is a violation too. */
export async function tryMutant(mutant: Mutant, seeds: readonly Seed[]): Promise<Outcome> {
  const outcome = await exercise(mutant.bytes, mutant.paths);
  const isSeed = mutant.number < seeds.length;
  if (!isSeed || !mutant.seed.sound || outcome.verdicts['corrupt-file'] === undefined) {
    return outcome;
  }
  return { ...outcome, violations: [...outcome.violations, 'a sound file is called corrupt'] };
}
