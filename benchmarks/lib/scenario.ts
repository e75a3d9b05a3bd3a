import { currentCommit, describeMachine, packageVersions } from './machine.js';
import type { Report, ReportHeader } from './report.js';

/** Something to measure: which data, which peers, which promises. */
export type RunScenario = (options: ScenarioOptions) => Promise<Report>;

export interface ScenarioOptions {
  /** Small data and short measurements: does everything run? Too little to trust. */
  readonly quick: boolean;
  /** Images in the file of `shuffled-batches` and `loaders`; their default where left out. */
  readonly images?: number | undefined;
  readonly repetitions?: number | undefined;
  /** Only peers of `loaders` whose name has one of these words in it. */
  readonly peers?: readonly string[] | undefined;
  /** Is told how far the run is. */
  readonly say: (line: string) => void;
}

/** What is known before a scenario runs. */
export function startReport(scenario: string, title: string): ReportHeader {
  return {
    schema: 'planefeed-benchmark/1',
    scenario,
    title,
    date: new Date().toISOString(),
    commit: currentCommit(),
    machine: describeMachine(),
    versions: packageVersions(),
  };
}
