import { measures } from './meter.js';
import type { RunResult } from './run.js';
import type { Violation } from './tally.js';

const MAX_TOLD = 20;

/** What came of a run, as text. */
export function formatResult(result: RunResult, runSeed: number, seconds: number): string {
  const { mutants, verdicts, shares, violations, slowest, peakMemory } = result;
  const { read = 0, ...refused } = verdicts;
  const perSecond = Math.round(mutants / seconds);
  const tags = Object.entries(refused).sort(([, a], [, b]) => b - a);
  return [
    `${number(mutants)} mutants in ${number(Math.round(seconds))} s (${number(perSecond)}/s), seed ${runSeed}`,
    `operations: ${number(read)} read, ${tags.map(([tag, n]) => `${number(n)} ${tag}`).join(', ')}`,
    `most of a bound: ${measures.map((name) => `${name} ${percent(shares[name])}`).join(', ')}`,
    `slowest mutant: ${slowest.mutant}, ${Math.round(slowest.ms)} ms; most memory: ${number(Math.round(peakMemory / 1e6))} MB`,
    `violations: ${number(violations.length)}`,
    ...violations.slice(0, MAX_TOLD).map((violation) => formatViolation(violation, runSeed)),
    ...(violations.length > MAX_TOLD ? [`  … and ${violations.length - MAX_TOLD} more`] : []),
  ].join('\n');
}

export function formatViolation({ mutant, seed, what }: Violation, runSeed: number): string {
  const told = what.map((line) => `    ${line}`).join('\n');
  return `  mutant ${mutant} of ${seed} (again: --seed ${runSeed} --only ${mutant})\n${told}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function percent(share: number): string {
  return `${Math.ceil(100 * share)} %`;
}
