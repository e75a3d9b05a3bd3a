import type { Figure } from './entry.js';
import { catalogue } from './catalogue.js';
import { validate } from './validate.js';

/** The table of `docs/device-models.md`: every published figure that set no parameter, beside the model's. */
export function validationTable(): string {
  const rows = catalogue.flatMap((entry) =>
    validate(entry).map(({ figure, published, modelled, error, miss }) => [
      `\`${entry.id}\``,
      describeFigure(figure),
      quantity(figure, published),
      quantity(figure, modelled),
      `${error < 0 ? '−' : '+'}${Math.abs(error * 100).toFixed(0)} %${miss === undefined ? '' : ' (missed)'}`,
    ]),
  );
  const table = [['device', 'figure', 'published', 'modelled', 'error'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(table[0]!), rule, ...rows.map(line)].join('\n');
}

/** A figure in words. */
export function describeFigure(figure: Figure): string {
  if (figure.kind === 'sequential') return `sequential, ${figure.at}`;
  const { size, depth, span } = figure;
  const over = span === undefined ? '' : `, within ${Math.round(span / 1e9)} GB`;
  return `random ${size / 1024} KiB, depth ${depth}${over}`;
}

function quantity(figure: Figure, value: number): string {
  return figure.kind === 'random'
    ? `${value < 1000 ? value.toFixed(1) : Number(value.toPrecision(3)).toLocaleString('en')}/s`
    : `${(value / 1e6).toFixed(value < 1e9 ? 1 : 0)} MB/s`;
}
