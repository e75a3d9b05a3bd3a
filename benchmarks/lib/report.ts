/** Results as JSON (a stable schema) and as text. */
import type { DataFile } from './files.js';
import type { Commit, Machine } from './machine.js';
import type { Missing, Peer } from './peer.js';
import type { Summary } from './statistics.js';

/**
 * What `--json` writes. Fields are added, never changed or removed, without a new number in `schema`.
 */
export interface Report {
  readonly schema: 'planefeed-benchmark/1';
  readonly scenario: string;
  readonly title: string;
  /** When the run began, ISO 8601. */
  readonly date: string;
  readonly commit: Commit | null;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly data: Omit<DataFile, 'path'>;
  readonly settings: {
    readonly batchSize: number;
    readonly repetitions: number;
    /** Least work of a measurement. */
    readonly seconds: number;
    readonly cache: 'hot';
  };
  /** Name of the result that ratios compare with. */
  readonly baseline: string;
  readonly results: readonly Result[];
  readonly skipped: readonly (Missing & { readonly name: string })[];
  readonly targets: readonly Target[];
}

export interface Result extends Pick<Peer, 'name' | 'kind' | 'detail'> {
  readonly imagesPerRepetition: number;
  /** Images per second, one a repetition, in the order of the repetitions. */
  readonly samples: readonly number[];
  readonly imagesPerSecond: Summary;
  /** Baseline's images per second divided by this one's, repetition by repetition. */
  readonly baselineIsTimes: Summary;
  /** Only limits: bytes moved, in 10⁹ a second. */
  readonly gigabytesPerSecond?: number;
}

/** What the project promises of itself. */
export interface Target {
  readonly name: string;
  /** The baseline is to be this many times as fast, in the median. */
  readonly atLeast: number;
  readonly measured: number;
  readonly met: boolean;
}

export function formatReport(report: Report): string {
  return [header(report), table(report), skipped(report), targets(report)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function header({
  title,
  date,
  commit,
  machine,
  versions,
  data,
  settings,
  results,
}: Report): string {
  const made =
    commit === null ? 'unknown' : commit.id.slice(0, 10) + (commit.dirty ? ' + edits' : '');
  const { images, height, width, channels, placement, bytes } = data;
  const work = results.map((result) => result.imagesPerRepetition);
  return [
    title,
    `${date}, commit ${made}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, load ${machine.load.toFixed(1)} at the start`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${images} images ${height}×${width}×${channels} uint8, chunks [${data.chunkShape.join(', ')}], placement ${placement}, ${(bytes / 1e6).toFixed(0)} MB; page cache hot`,
    `${settings.repetitions} interleaved repetitions after a warm-up, ${Math.min(...work)} to ${Math.max(...work)} images in each (at least about ${settings.seconds} s of work)`,
  ].join('\n');
}

function table({ results, baseline }: Report): string {
  const head = [
    '',
    'images/s',
    '(min..max)',
    `${baseline} is`,
    '(min..max)',
    'images a repetition',
  ];
  const rows = results.map((result) => {
    const { name, imagesPerSecond: rate, baselineIsTimes: ratio, gigabytesPerSecond } = result;
    const label =
      gigabytesPerSecond === undefined ? name : `${name}, ${gigabytesPerSecond.toFixed(1)} GB/s`;
    return [
      label,
      rate.median.toFixed(0),
      `(${rate.min.toFixed(0)}..${rate.max.toFixed(0)})`,
      `${times(ratio.median)}×`,
      `(${times(ratio.min)}..${times(ratio.max)})`,
      result.imagesPerRepetition.toFixed(0),
    ];
  });
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]!.length)),
  );
  const format = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(format).join('\n');
}

function skipped(report: Report): string {
  return report.skipped
    .map(({ name, reason, setUp }) => `Skipped ${name}: ${reason}. Set it up with: ${setUp}`)
    .join('\n');
}

function targets(report: Report): string {
  return report.targets
    .map(
      ({ name, atLeast, measured, met }) =>
        `${met ? 'Met' : 'NOT MET'}: ${report.baseline} at least ${atLeast}× ${name}: ${times(measured)}×`,
    )
    .join('\n');
}

function times(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}
