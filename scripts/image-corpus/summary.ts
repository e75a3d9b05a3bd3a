/** Counts what became of the files of a package, and lays it out as tables. */
import type { Table } from '../corpora/summary.js';
import type { Verdict } from './compare.js';

export interface Summary {
  /** What the files came with: `pillow 13.0.0`. */
  readonly release: string;
  readonly files: number;
  readonly added: number;
  /** Why the others were set aside, and how many. */
  readonly setAside: Readonly<Record<string, number>>;
  /** How many verdicts there are of each kind. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Why pixels are only near, and of how many files. */
  readonly near: Readonly<Record<string, number>>;
  /** The most memory that the ingest took, in bytes. */
  readonly peakBytes: number;
  /** Files that are different, or bugs, with the details. */
  readonly bugs: readonly string[];
}

export interface Judged {
  readonly file: string;
  readonly verdict: Verdict;
}

/** A reason without what is particular to one file. */
export function kindOfReason(reason: string): string {
  const noDecoder = /^Expected JPEG.*, found (.+)\. Convert/.exec(reason);
  if (noDecoder !== null) return `no decoder: ${noDecoder[1]!}`;
  const broken = /^The (.+?) is broken/.exec(reason);
  if (broken !== null) return `broken, cut short or not supported: ${broken[1]!}`;
  const known: readonly [RegExp, string][] = [
    [/no known image format/, 'no known image format'],
    [/empty file/, 'an empty file'],
    [/at most \d+ pixels/, 'too many pixels'],
    [/complete in itself/, 'an SVG that refers to something elsewhere'],
    [/samples of 8 or 16 bits/, 'samples that aren’t of 8 or 16 bits'],
    [/can be decoded in/, 'more memory than the limit'],
  ];
  return known.find(([pattern]) => pattern.test(reason))?.[1] ?? reason;
}

export function countBy<T>(
  items: readonly T[],
  key: (item: T) => string | undefined,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const name = key(item);
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

export function overview(summaries: readonly Summary[]): Table {
  const head = ['From', 'Files', 'In', 'Set aside', 'Peak memory'];
  return [
    head,
    ...summaries.map(({ release, files, added, setAside, peakBytes }) => [
      release,
      ...[files, added, sum(setAside)].map(formatNumber),
      `${Math.round(peakBytes / 2 ** 20)} MiB`,
    ]),
  ];
}

const kinds = [
  'equal',
  'within 2',
  'near',
  'different',
  'only ours',
  'only Pillow',
  'neither',
  'bug',
];

export function besidePillow(summaries: readonly Summary[]): Table {
  return [
    [
      'From',
      'Equal',
      'Within 2',
      'Near',
      'Different',
      'Only ours',
      'Only Pillow',
      'Neither',
      'Bugs',
    ],
    ...summaries.map(({ release, verdicts }) => [
      release,
      ...kinds.map((kind) => formatNumber(verdicts[kind] ?? 0)),
    ]),
  ];
}

/** One row for each name, the commonest first; one column for each package that has any. */
export function breakdown(
  title: string,
  summaries: readonly Summary[],
  countsOf: (summary: Summary) => Readonly<Record<string, number>>,
): Table {
  const shown = summaries.filter((summary) => sum(countsOf(summary)) > 0);
  const names = [...new Set(shown.flatMap((summary) => Object.keys(countsOf(summary))))];
  const total = (name: string): number =>
    shown.reduce((all, summary) => all + (countsOf(summary)[name] ?? 0), 0);
  names.sort((a, b) => total(b) - total(a) || (a < b ? -1 : 1));
  return [
    [title, ...shown.map(({ release }) => release)],
    ...names.map((name) => [name, ...shown.map((s) => formatNumber(countsOf(s)[name] ?? 0))]),
  ];
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

function formatNumber(value: number): string {
  return value.toLocaleString('en');
}
