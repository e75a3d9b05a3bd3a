import type { BenchReport, MeasuredFigure, ModelledDevice, ModelledFigure } from './report.js';

/** A table: a heading, and rows of as many cells. */
export interface Table {
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const kinds: Readonly<Record<string, string>> = {
  hdd: 'HDD',
  'sata-ssd': 'SATA SSD',
  nvme: 'NVMe SSD',
  'object-store': 'object store',
};

/** What stands over a device's columns: its kind, or its name where several are of one kind. */
export function shortName(device: ModelledDevice, all: readonly ModelledDevice[]): string {
  const alike = all.filter(({ kind }) => kind === device.kind);
  return alike.length > 1 ? device.id : (kinds[device.kind] ?? device.kind);
}

/** Modelled images a second, the devices beside each other: a table for each pattern. */
export function modelledTables({ modelled }: BenchReport): Table[] {
  const patterns = unique(modelled.flatMap(({ figures }) => figures.map(({ pattern }) => pattern)));
  return patterns.map((pattern) => {
    const of = (device: ModelledDevice): ModelledFigure[] =>
      device.figures.filter((figure) => figure.pattern === pattern);
    const readers = unique(modelled.flatMap((device) => of(device).map(({ reader }) => reader)));
    const layouts = unique(modelled.flatMap((device) => of(device).map(({ layout }) => layout)));
    const columns = modelled.flatMap((device) => readers.map((reader) => ({ device, reader })));
    return {
      title: pattern,
      note: 'Modelled images/s; in brackets the share of the device’s sequential rate that arrives as wanted pixels.',
      head: [
        'layout',
        ...columns.map(({ device, reader }) => `${shortName(device, modelled)}, ${reader}`),
      ],
      rows: layouts.map((layout) => [
        layout,
        ...columns.map(({ device, reader }) => {
          const figure = of(device).find((one) => one.layout === layout && one.reader === reader);
          return figure === undefined
            ? '–'
            : `${rate(figure.imagesPerSecond)} (${share(figure.ofCeiling)})`;
        }),
      ]),
    };
  });
}

/** Measured images a second, cold and warm. */
export function measuredTable({ measured }: BenchReport): Table | undefined {
  if (measured === null) return undefined;
  const first = measured.coldness.cold ? 'cold' : 'first (maybe warm)';
  return {
    title: 'Measured on this disk',
    note: `Images/s of the median of ${measured.repetitions} interleaved repetitions, reads alone; in brackets least to most. ${measured.coldness.how}.`,
    head: ['pattern', 'layout', 'reader', first, 'warm', 'of ceiling', 'fitted model says'],
    rows: measured.figures.map((figure) => [
      figure.pattern,
      figure.layout,
      figure.reader,
      spread(figure, 'cold'),
      spread(figure, 'warm'),
      share(figure.ofCeiling),
      figure.predicted === null
        ? '–'
        : `${rate(figure.images / figure.predicted.seconds)} (${signed(figure.predicted.error)})`,
    ]),
  };
}

/** The order of axes on contiguous data. */
export function linesTable({ modelled }: BenchReport): Table {
  return {
    title: 'A line along one axis of a contiguous array [n, h, w]',
    note: 'Modelled milliseconds (reads) of one selection with h5py; in brackets microseconds an element.',
    head: ['selection', ...modelled.map((device) => shortName(device, modelled))],
    rows: (modelled[0]?.lines ?? []).map(({ selection, reads }, i) => [
      `${selection}, ${reads.toLocaleString('en')} ${reads === 1 ? 'read' : 'reads'}`,
      ...modelled.map(({ lines }) => {
        const { seconds, elements } = lines[i]!;
        return `${rate(seconds * 1000)} ms (${rate((seconds / elements) * 1e6)} µs)`;
      }),
    ]),
  };
}

export function mixingTable({ mixing, settings }: BenchReport): Table {
  return {
    title: 'How well orders mix',
    note: `Places of the file that a batch of ${settings.batchSize} images draws from, and how far images are from where they are stored, as a share of the epoch.`,
    head: ['pattern', 'places (random)', 'displacement (random)'],
    rows: mixing.map((one) => [
      one.pattern,
      `${one.neighbourhoods.toFixed(1)} (${one.randomNeighbourhoods.toFixed(1)})`,
      `${one.displacement.toFixed(2)} (${one.randomDisplacement.toFixed(2)})`,
    ]),
  };
}

export function ceilingTable({ measured }: BenchReport): Table | undefined {
  if (measured === null) return undefined;
  return {
    title: 'What the disk itself gives',
    note: 'Measured MB/s of the median, whatever reads; in brackets least to most.',
    head: ['pattern', 'bytes of a read', 'depth', 'MB/s'],
    rows: measured.ceiling.map(({ pattern, size, depth, bytesPerSecond, seconds }) => {
      const bytes = bytesPerSecond * seconds.median;
      return [
        pattern,
        size.toLocaleString('en'),
        String(depth),
        `${mega(bytesPerSecond)} (${mega(bytes / seconds.most)}–${mega(bytes / seconds.least)})`,
      ];
    }),
  };
}

/** Three digits that count. */
export function rate(perSecond: number): string {
  const digits = perSecond >= 100 ? 0 : perSecond >= 10 ? 1 : perSecond >= 1 ? 2 : 3;
  return Number(perSecond.toFixed(digits)).toLocaleString('en', { maximumFractionDigits: digits });
}

export function share(fraction: number): string {
  const percent = fraction * 100;
  return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : percent >= 0.1 ? percent.toFixed(1) : '<0.1'} %`;
}

export function signed(fraction: number): string {
  return `${fraction < 0 ? '−' : '+'}${Math.abs(fraction * 100).toFixed(0)} %`;
}

export function mega(bytes: number): string {
  return rate(bytes / 1e6);
}

export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function spread(figure: MeasuredFigure, which: 'cold' | 'warm'): string {
  const { seconds, imagesPerSecond } = figure[which];
  return `${rate(imagesPerSecond)} (${rate(figure.images / seconds.most)}–${rate(figure.images / seconds.least)})`;
}
