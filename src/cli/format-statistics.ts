import type { ChannelStatistics } from '../loader/node/channel-statistics.js';
import { plural, printable } from './format.js';

/** A table, and a line to paste into the options of a loader. */
export function formatStatistics(file: string, statistics: ChannelStatistics): string {
  const { images, pixels, dataset, channels, scale, mean, std, min, max } = statistics;
  const head = ['channel', 'mean', 'std', 'min', 'max'];
  const rows = channels.map((channel, i) => [
    String(channel),
    ...[mean, std, min, max].map((values) => short(values[i]!)),
  ]);
  const table = [head, ...rows].map((row) => row.map((cell) => cell.padStart(12)).join(''));
  const unit = scale === 1 ? 'values as stored' : `values × ${String(scale)}`;
  const constant = channels.filter((_, i) => std[i] === 0);
  return [
    `${plural(images, 'image')} in ${printable(file)} ${printable(dataset)}, ${plural(pixels, 'pixel')} a channel; ${unit}`,
    ...table,
    `{ dtype: 'float32', scale: ${String(scale)}, mean: [${mean.join(', ')}], std: [${std.join(', ')}] }`,
    ...(constant.length === 0
      ? []
      : [
          `A std of 0 (channel ${constant.join(', ')} is the same everywhere) can't be divided by: use 1.`,
        ]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function short(value: number): string {
  return String(Number(value.toPrecision(7)));
}
