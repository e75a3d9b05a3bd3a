/** Results as text. */
import type { Measured } from './compare.js';
import type { BatchReport, Bound, Case, CaseReport, Report } from './report.js';
import type { Summary } from './statistics.js';

export function formatReport(report: Report): string {
  const parts = 'cases' in report ? caseParts(report) : batchParts(report);
  return [...parts, skipped(report)].filter((part) => part !== '').join('\n\n');
}

function batchParts(report: BatchReport): string[] {
  const { data, results, baseline, settings } = report;
  const { images, height, width, channels, placement, bytes } = data;
  const work = results.map((result) => result.workPerRepetition);
  return [
    [
      ...header(report),
      `${images} images ${height}×${width}×${channels} uint8, chunks [${data.chunkShape.join(', ')}], placement ${placement}, ${(bytes / 1e6).toFixed(0)} MB; page cache hot`,
      `${settings.repetitions} interleaved repetitions after a warm-up, ${Math.min(...work)} to ${Math.max(...work)} images in each (at least about ${settings.seconds} s of work)`,
    ].join('\n'),
    measurements(results, baseline, 'images', 'rate'),
    targets(report, baseline),
  ];
}

function caseParts(report: CaseReport): string[] {
  const { settings, cases, bounds } = report;
  return [
    [
      ...header(report),
      `${settings.repetitions} interleaved repetitions after a warm-up, at least about ${settings.seconds} s of work in each; page cache hot`,
    ].join('\n'),
    ...cases.map(caseTable),
    bounds.map(boundLine).join('\n'),
    targets(report, 'planefeed'),
  ];
}

function header({ title, date, commit, machine, versions }: Report): string[] {
  const made =
    commit === null ? 'unknown' : commit.id.slice(0, 10) + (commit.dirty ? ' + edits' : '');
  return [
    title,
    `${date}, commit ${made}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, load ${machine.load.toFixed(1)} at the start`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ];
}

function caseTable({ name, unit, show, baseline, results }: Case): string {
  return `${name}\n${measurements(results, baseline, unit, show)}`;
}

function measurements(
  results: readonly Measured[],
  baseline: string,
  unit: string,
  show: Case['show'],
): string {
  const head = [
    '',
    show === 'rate' ? `${unit}/s` : `ms`,
    '(min..max)',
    `${baseline} is`,
    '(min..max)',
    `${unit} a repetition`,
  ];
  const rows = results.map((result) => {
    const { name, rate, baselineIsTimes: ratio, gigabytesPerSecond } = result;
    const shown = show === 'rate' ? rate : timesOf(rate);
    return [
      gigabytesPerSecond === undefined ? name : `${name}, ${gigabytesPerSecond.toFixed(1)} GB/s`,
      number(shown.median),
      `(${number(shown.min)}..${number(shown.max)})`,
      `${ratioText(ratio.median)}×`,
      `(${ratioText(ratio.min)}..${ratioText(ratio.max)})`,
      number(result.workPerRepetition),
    ];
  });
  return table([head, ...rows]);
}

/** Milliseconds for one, from how many there are in a second. */
function timesOf({ median, min, max }: Summary): Summary {
  return { median: 1000 / median, min: 1000 / max, max: 1000 / min };
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function skipped(report: Report): string {
  return report.skipped
    .map(({ name, reason, setUp }) => `Skipped ${name}: ${reason}. Set it up with: ${setUp}`)
    .join('\n');
}

function targets(report: Report, baseline: string): string {
  return report.targets
    .map(
      ({ name, atLeast, measured, met, of = baseline }) =>
        `${met ? 'Met' : 'NOT MET'}: ${of} at least ${atLeast}× ${name}: ${ratioText(measured)}×`,
    )
    .join('\n');
}

function boundLine({ name, unit, atMost, measured, met }: Bound): string {
  return `${met ? 'Met' : 'NOT MET'}: ${name} at most ${atMost} ${unit}: ${number(measured)} ${unit}`;
}

function ratioText(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}

/** Three digits that count, or all before the point. */
function number(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}
