import { readFile } from 'node:fs/promises';
import { InvalidOptionError, NotFoundError } from '../../errors.js';
import type { BenchReport } from './report.js';

/** A figure that two reports have. */
export interface Compared {
  readonly source: 'modelled' | 'measured, cold' | 'measured, warm';
  readonly device: string;
  readonly layout: string;
  readonly pattern: string;
  readonly reader: string;
  /** Images a second. */
  readonly before: number;
  readonly after: number;
  /** `after / before`. */
  readonly ratio: number;
  /** Of measured figures: the spreads overlap, so it may be chance. */
  readonly withinSpread: boolean;
}

/** @throws NotFoundError without the file; InvalidOptionError when it isn't a report of this version */
export async function readReport(path: string): Promise<BenchReport> {
  const place = { file: path };
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new NotFoundError(`The report can't be read: ${(cause as Error).message}`, {
      place,
      cause,
    });
  }
  const found = parse(text);
  if (found?.schema === 'planefeed-bench' && found.version === 1) return found as BenchReport;
  throw new InvalidOptionError(
    'Expected a report of version 1 that `planefeed bench --json` wrote',
    {
      place,
    },
  );
}

/** Figures that both reports have, in the order of the first; the settings may differ. */
export function compareReports(a: BenchReport, b: BenchReport): Compared[] {
  const later = new Map(flatten(b).map((figure) => [keyOf(figure), figure]));
  return flatten(a).flatMap((before): Compared[] => {
    const after = later.get(keyOf(before));
    if (after === undefined) return [];
    const { range, rate, ...names } = before;
    return [
      {
        ...names,
        before: rate,
        after: after.rate,
        ratio: after.rate / rate,
        withinSpread:
          names.source !== 'modelled' && range[0] <= after.range[1] && after.range[0] <= range[1],
      },
    ];
  });
}

interface FlatFigure {
  readonly source: Compared['source'];
  readonly device: string;
  readonly layout: string;
  readonly pattern: string;
  readonly reader: string;
  readonly rate: number;
  /** Least and most images a second. */
  readonly range: readonly [number, number];
}

function flatten({ modelled, measured }: BenchReport): FlatFigure[] {
  const priced = modelled.flatMap(({ id, figures }) =>
    figures.map(({ layout, pattern, reader, imagesPerSecond: rate }): FlatFigure => ({
      ...{ source: 'modelled', device: id, layout, pattern, reader, rate },
      range: [rate, rate],
    })),
  );
  const timed = (measured?.figures ?? []).flatMap((figure) =>
    (['cold', 'warm'] as const).map((which): FlatFigure => {
      const { layout, pattern, reader, images } = figure;
      const { seconds, imagesPerSecond } = figure[which];
      return {
        ...{ source: `measured, ${which}`, device: measured!.directory, layout, pattern, reader },
        rate: imagesPerSecond,
        range: [images / seconds.most, images / seconds.least],
      };
    }),
  );
  return [...priced, ...timed];
}

/** Measured figures are of one disk, whatever it is called in the other report. */
function keyOf({ source, device, layout, pattern, reader }: FlatFigure): string {
  return JSON.stringify([source, source === 'modelled' ? device : '', layout, pattern, reader]);
}

function parse(text: string): { schema?: unknown; version?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
