/** Counts outcomes, and lays them out as tables. */
import type { FileOutcome, Outcome } from './compare.js';

export interface Summary {
  readonly name: string;
  /** What the files came with. */
  readonly release: string;
  readonly files: number;
  /** Files that h5py doesn't open, or can't list to the end. */
  readonly filesRefused: number;
  readonly datasets: number;
  /** By kind of chunk index. */
  readonly equal: Counts;
  /** By feature. */
  readonly unsupported: Counts;
  /** By what the fast lane made of it: `read`, or the tag of its error. */
  readonly h5pyCannot: Counts;
  /** Links that lead to no dataset that h5py can open. */
  readonly danglingLinks: number;
  /** File, path in it, and what h5py says. */
  readonly h5pyRefusals: readonly string[];
  /** Bugs: file, path in it, and what is wrong. */
  readonly different: readonly string[];
}

export type Counts = Readonly<Record<string, number>>;

export function summarize(name: string, release: string, files: readonly FileOutcome[]): Summary {
  const all = files.flatMap(({ datasets }) => datasets.map(({ outcome }) => outcome));
  const listed = (tell: (outcome: Outcome) => string | undefined): string[] =>
    files.flatMap(({ file, datasets }) =>
      datasets.flatMap(({ path, outcome }) => {
        const told = tell(outcome);
        return told === undefined ? [] : [`${file} ${path}: ${told}`];
      }),
    );
  const danglingLinks = all.filter(({ kind }) => kind === 'dangling link').length;
  return {
    name,
    release,
    files: files.length,
    filesRefused: files.filter(({ h5pyError }) => h5pyError !== undefined).length,
    datasets: all.length - danglingLinks,
    equal: count(all, (outcome) => (outcome.kind === 'equal' ? outcome.index : undefined)),
    unsupported: count(all, (o) => (o.kind === 'unsupported' ? o.feature : undefined)),
    h5pyCannot: count(all, (outcome) =>
      outcome.kind === 'h5py cannot' ? outcome.ours : undefined,
    ),
    danglingLinks,
    h5pyRefusals: listed((outcome) => (outcome.kind === 'h5py cannot' ? outcome.why : undefined)),
    different: listed((outcome) => (outcome.kind === 'different' ? outcome.detail : undefined)),
  };
}

/** Rows of cells, the first of them the head. */
export type Table = readonly (readonly string[])[];

/** Files and datasets of each package. */
export function overview(summaries: readonly Summary[]): Table {
  const head = ['From', 'Files', 'Datasets', 'Equal', 'Unsupported', 'h5py can’t', 'Different'];
  const numbers = summaries.map((summary) => [
    summary.files,
    summary.datasets,
    total(summary.equal),
    total(summary.unsupported),
    total(summary.h5pyCannot),
    summary.different.length,
  ]);
  const sums = head.slice(1).map((_, column) => sum(numbers.map((row) => row[column]!)));
  return [
    head,
    ...summaries.map(({ release }, i) => [release, ...numbers[i]!.map(formatNumber)]),
    ['Together', ...sums.map(formatNumber)],
  ];
}

/** One row for each name that is counted, the commonest first; one column for each package. */
export function breakdown(
  title: string,
  summaries: readonly Summary[],
  countsOf: (summary: Summary) => Counts,
): Table {
  const names = [...new Set(summaries.flatMap((summary) => Object.keys(countsOf(summary))))];
  const rows = names
    .map((name) => ({ name, counts: summaries.map((summary) => countsOf(summary)[name] ?? 0) }))
    .sort((a, b) => sum(b.counts) - sum(a.counts) || (a.name < b.name ? -1 : 1));
  return [
    [title, ...summaries.map(({ name }) => name), 'Together'],
    ...rows.map(({ name, counts }) => [
      name,
      ...counts.map((n) => (n === 0 ? '' : formatNumber(n))),
      formatNumber(sum(counts)),
    ]),
  ];
}

/** The first column to the left, numbers to the right. */
export function formatText(table: Table): string {
  const widths = table[0]!.map((_, c) => Math.max(...table.map((row) => row[c]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** As prettier has it. */
export function formatMarkdown(table: Table): string {
  const widths = table[0]!.map((_, c) => Math.max(3, ...table.map((row) => row[c]!.length)));
  const lineOf = (row: readonly string[]): string =>
    `| ${row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join(' | ')} |`;
  const rule = `| ${widths.map((w, c) => (c === 0 ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`)).join(' | ')} |`;
  const [head, ...rows] = table.map(lineOf);
  return [head, rule, ...rows].join('\n');
}

export function total(counts: Counts): number {
  return sum(Object.values(counts));
}

function count(
  outcomes: readonly Outcome[],
  nameOf: (outcome: Outcome) => string | undefined,
): Counts {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = nameOf(outcome);
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function formatNumber(n: number): string {
  return n.toLocaleString('en');
}
