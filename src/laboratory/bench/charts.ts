import type * as Echarts from 'echarts';
import { InvalidOptionError } from '../../errors.js';
import { rate } from './format-figures.js';
import type { ModelledFigure, ReadsPicture } from './report.js';

/** Draws charts as SVG text, without a browser. */
export interface Charts {
  /** Bars of images a second: a row for each layout, a bar for each reader, the ceiling as a line. */
  bars(figures: readonly ModelledFigure[], ceiling: number): string;
  /** Where reads fall in the file, one after the other. */
  places(picture: ReadsPicture): string;
}

/** @throws InvalidOptionError when the optional package `echarts` isn't installed */
export async function openCharts(): Promise<Charts> {
  const echarts = await load();
  const draw = (height: number, option: Echarts.EChartsOption): string => {
    const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
    try {
      chart.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...option });
      // As wide as the page has room for; the proportions stay.
      return chart.renderToSVGString().replace(/<svg width="\d+" height="\d+"/, '<svg role="img"');
    } finally {
      chart.dispose();
    }
  };
  return {
    bars: (figures, ceiling) => draw(...barsOption(figures, ceiling)),
    places: (picture) => draw(220, placesOption(picture)),
  };
}

async function load(): Promise<typeof Echarts> {
  try {
    return await import('echarts');
  } catch (cause) {
    throw new InvalidOptionError('The page needs the package echarts, which is not installed', {
      cause,
      advice: 'Install it with: npm install echarts. JSON and Markdown need nothing',
    });
  }
}

function barsOption(
  figures: readonly ModelledFigure[],
  ceiling: number,
): [height: number, option: Echarts.EChartsOption] {
  const layouts = [...new Set(figures.map(({ layout }) => layout))];
  const readers = [...new Set(figures.map(({ reader }) => reader))];
  const most = Math.max(...figures.map(({ imagesPerSecond }) => imagesPerSecond));
  // Far above them all, the line would leave no room for the bars; the caption says it.
  const shown = ceiling < 6 * most;
  const end = 1.3 * Math.max(most, shown ? ceiling : 0);
  return [
    72 + layouts.length * (readers.length * 17 + 10),
    {
      grid: { left: 104, right: 8, top: 42, bottom: 24 },
      legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, itemGap: 18, selectedMode: false },
      xAxis: {
        ...{ type: 'value', max: end, splitNumber: 3 },
        axisLabel: { formatter: (value: number) => (value > 0.9 * end ? '' : rate(value)) },
      },
      yAxis: { type: 'category', data: layouts, inverse: true, axisTick: { show: false } },
      series: readers.map((reader, i) => ({
        type: 'bar',
        silent: true,
        name: reader,
        color: reader === 'h5py' ? PEER : OWN,
        barWidth: 13,
        data: layouts.map((layout) => valueOf(figures, layout, reader)),
        label: {
          ...{
            show: true,
            position: 'right',
            fontSize: 12,
            backgroundColor: '#fff',
            padding: [0, 2],
          },
          formatter: ({ value }: { value?: unknown }) =>
            typeof value === 'number' ? rate(value) : '',
        },
        ...(i === 0 && shown ? { markLine: ceilingLine(ceiling) } : {}),
      })),
    },
  ];
}

function valueOf(
  figures: readonly ModelledFigure[],
  layout: string,
  reader: string,
): number | string {
  const found = figures.find((one) => one.layout === layout && one.reader === reader);
  return found?.imagesPerSecond ?? '-';
}

function ceilingLine(ceiling: number): object {
  return {
    ...{ silent: true, symbol: 'none', z: 1, data: [{ xAxis: ceiling }] },
    label: { formatter: 'the disk, in order', position: 'start', fontSize: 11 },
    lineStyle: { color: '#c2410c', type: 'dashed', width: 1.5 },
  };
}

function placesOption({ offsets, end }: ReadsPicture): Echarts.EChartsOption {
  return {
    color: OWN,
    grid: { left: 6, right: 14, top: 12, bottom: 26, containLabel: true },
    xAxis: {
      ...{ type: 'value', min: 0, max: Math.max(1, offsets.length) },
      ...{ name: 'read', nameLocation: 'middle', nameGap: 22, splitLine: { show: false } },
    },
    yAxis: {
      ...{ type: 'value', min: 0, max: 100, inverse: true },
      axisLabel: { formatter: '{value} %' },
    },
    series: [
      {
        ...{ type: 'line', silent: true, lineStyle: { width: 0.4, opacity: 0.6 }, symbolSize: 2.5 },
        data: offsets.map((offset, i) => [i, (100 * offset) / end]),
      },
    ],
  };
}

const WIDTH = 400;
const OWN = '#0f766e';
const PEER = '#9ca3af';
