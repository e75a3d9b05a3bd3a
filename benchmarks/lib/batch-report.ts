/** What scenarios of shuffled batches make of a comparison. */
import type { Comparison, Measured } from './compare.js';
import type { DataFile } from './files.js';
import type { BatchReport, ReportHeader, Target } from './report.js';
import { pairedRatios, summarize } from './statistics.js';

/** By names: `of` is to be `atLeast` times as fast as `peer`. */
export interface Promised {
  readonly of: string;
  readonly peer: string;
  readonly atLeast: number;
}

/** Promises about peers that weren't measured are left out. */
export function batchReport(
  start: ReportHeader,
  { path: _path, ...data }: DataFile,
  { results, skipped, versions }: Comparison,
  about: Pick<BatchReport, 'settings' | 'baseline'> & { readonly promised: readonly Promised[] },
): BatchReport {
  return {
    ...start,
    versions: { ...start.versions, ...versions },
    data,
    settings: about.settings,
    baseline: about.baseline,
    results: results.map((result) => ({
      ...result,
      imagesPerRepetition: result.workPerRepetition,
      imagesPerSecond: result.rate,
    })),
    skipped,
    targets: about.promised.flatMap((promise) => compareWith(promise, results)),
  };
}

function compareWith({ of, peer, atLeast }: Promised, results: readonly Measured[]): Target[] {
  const samplesOf = (name: string): readonly number[] | undefined =>
    results.find((result) => result.name === name)?.samples;
  const [ours, theirs] = [samplesOf(of), samplesOf(peer)];
  if (ours === undefined || theirs === undefined) return [];
  const measured = summarize(pairedRatios(ours, theirs)).median;
  return [{ name: peer, atLeast, measured, met: measured >= atLeast, of }];
}
