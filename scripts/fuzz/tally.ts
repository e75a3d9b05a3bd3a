import { measures, type Measure } from './meter.js';

/** What became of some mutants. */
export interface Tally {
  mutants: number;
  /** Of the mutants' files. */
  bytes: number;
  /** Operations by how they ended: `read`, or the tag of an error. */
  readonly verdicts: Record<string, number>;
  /** The largest share of each bound that an operation took. */
  readonly shares: Record<Measure, number>;
  readonly violations: Violation[];
  /** The mutant that took the longest. */
  slowest: { readonly ms: number; readonly mutant: number };
}

export interface Violation {
  readonly mutant: number;
  /** Name of the file that the mutant was made of. */
  readonly seed: string;
  readonly what: readonly string[];
}

export function emptyTally(): Tally {
  return {
    mutants: 0,
    bytes: 0,
    verdicts: {},
    shares: { reads: 0, bytesRead: 0, allocated: 0, structures: 0, text: 0 },
    violations: [],
    slowest: { ms: 0, mutant: -1 },
  };
}

export function addTally(total: Tally, tally: Tally): void {
  total.mutants += tally.mutants;
  total.bytes += tally.bytes;
  for (const [verdict, count] of Object.entries(tally.verdicts)) {
    total.verdicts[verdict] = (total.verdicts[verdict] ?? 0) + count;
  }
  for (const measure of measures) {
    total.shares[measure] = Math.max(total.shares[measure], tally.shares[measure]);
  }
  total.violations.push(...tally.violations);
  if (tally.slowest.ms > total.slowest.ms) total.slowest = tally.slowest;
}
