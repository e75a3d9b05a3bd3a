/** Results as `--json` writes them: a stable schema. Fields are added, never changed or removed, without a new number in `schema`. */
import type { Measured, Skipped } from './compare.js';
import type { DataFile } from './files.js';
import type { Commit, Machine } from './machine.js';
import type { Summary } from './statistics.js';

export type Report = BatchReport | CaseReport;

export interface ReportHeader {
  readonly schema: 'planefeed-benchmark/1';
  readonly scenario: string;
  readonly title: string;
  /** When the run began, ISO 8601. */
  readonly date: string;
  readonly commit: Commit | null;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

interface ReportEnd {
  readonly skipped: readonly Skipped[];
  readonly targets: readonly Target[];
}

interface Settings {
  readonly repetitions: number;
  /** Least work of a measurement. */
  readonly seconds: number;
  readonly cache: 'hot';
}

/** One comparison, of shuffled batches. */
export interface BatchReport extends ReportHeader, ReportEnd {
  readonly data: Omit<DataFile, 'path'>;
  readonly settings: Settings & { readonly batchSize: number };
  /** Name of the result that ratios compare with. */
  readonly baseline: string;
  readonly results: readonly BatchResult[];
}

export interface BatchResult extends Measured {
  readonly imagesPerRepetition: number;
  readonly imagesPerSecond: Summary;
}

/** Several comparisons, each with its own data. */
export interface CaseReport extends ReportHeader, ReportEnd {
  readonly settings: Settings;
  readonly cases: readonly Case[];
  /** Bounds that planefeed is to keep on its own. */
  readonly bounds: readonly Bound[];
}

export interface Case {
  readonly name: string;
  /** What is counted: `samples` and `rate` are so many of it a second. */
  readonly unit: string;
  /** Told as the time that one takes, where that says more than how many there are in a second. */
  readonly show: 'rate' | 'time';
  readonly baseline: string;
  readonly results: readonly Measured[];
}

/** What the project promises of itself. */
export interface Target {
  readonly name: string;
  /** The baseline is to be this many times as fast, in the median. */
  readonly atLeast: number;
  readonly measured: number;
  readonly met: boolean;
  /** The result that is to be so fast, where it isn't the baseline. */
  readonly of?: string;
}

export interface Bound {
  readonly name: string;
  readonly unit: string;
  readonly atMost: number;
  readonly measured: number;
  readonly met: boolean;
}
