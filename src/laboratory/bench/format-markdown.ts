import {
  ceilingTable,
  linesTable,
  measuredTable,
  mega,
  mixingTable,
  modelledTables,
  rate,
  share,
  type Table,
} from './format-figures.js';
import type { BenchReport } from './report.js';

/** The report as Markdown. */
export function formatMarkdown(report: BenchReport): string {
  const measured = [ceilingTable(report), measuredTable(report)].filter((one) => one !== undefined);
  return [
    '# What chunk layouts cost',
    '',
    `Images of ${report.settings.shape.join(' × ')}, ${report.settings.itemSize === 1 ? '1 byte' : `${report.settings.itemSize} bytes`} an element. ${about(report)}`,
    '',
    '## Modelled',
    '',
    `Nothing in this part was measured on this machine. ${deviceLines(report).join(' ')}`,
    '',
    ...modelledTables(report).flatMap(section),
    ...section(linesTable(report)),
    ...section(mixingTable(report)),
    ...(report.measured === null
      ? []
      : ['## Measured', '', describeDisk(report), '', ...measured.flatMap(section)]),
    '## This run',
    '',
    ...runLines(report).map((line) => `- ${line}`),
    '',
  ].join('\n');
}

/** How readers read, for those who don't know planefeed. */
export function about({ settings }: BenchReport): string {
  const { ahead, depth, window, batchSize } = settings;
  return (
    `planefeed plans ${ahead.toLocaleString('en')} images ahead (batches of ${batchSize}) and reads them in file order, ` +
    `${depth} reads in flight; in a window shuffle the whole window of ${window.toLocaleString('en')}. ` +
    'h5py reads `ds[i]`, image by image.'
  );
}

/** The devices, each with what its model is worth. */
export function deviceLines({ modelled }: BenchReport): string[] {
  return modelled.map(({ id, name, ceiling, validation }) => {
    const { figures, worst } = validation;
    const held =
      figures === 0
        ? 'no published figure to hold the model to was found: unvalidated'
        : `the model is within ${share(worst)} of ${figures} published figures`;
    return `${id}: ${name}; modelled ${mega(ceiling.bytesPerSecond)} MB/s in order, that is ${rate(ceiling.imagesPerSecond)} images/s; ${held}.`;
  });
}

export function describeDisk({ measured }: BenchReport): string {
  if (measured === null) return '';
  const { device, directory, fitted, shape } = measured;
  const { model, disk, rotational, fileSystem, scheduler, unknown } = device;
  const words = [
    disk === undefined ? undefined : `disk ${disk}`,
    model,
    rotational === undefined ? undefined : rotational ? 'says it turns' : 'says it doesn’t turn',
    device.virtual === true ? 'of a virtual machine, so what lies below isn’t known' : undefined,
    fileSystem,
    scheduler === undefined ? undefined : `scheduler ${scheduler}`,
    unknown,
  ].filter((word) => word !== undefined);
  const model_ =
    fitted === null
      ? ''
      : ` A model was fitted to it; it misses ways of reading that it wasn’t fitted to by ${share(fitted.median)} (median), ${share(fitted.worst)} at most.`;
  return `${directory}: ${words.join(', ')}. Files of ${shape.join(' × ')}.${model_}`;
}

export function runLines({ machine, made, command }: BenchReport): string[] {
  return [
    `${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memory / 2 ** 30)} GiB, ${machine.system}`,
    `planefeed ${machine.planefeed}, Node ${machine.node}, ${made}`,
    `again: \`${command}\``,
  ];
}

function section({ title, note, head, rows }: Table): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [`### ${title}`, '', note, '', line(head), rule, ...rows.map(line), ''];
}
