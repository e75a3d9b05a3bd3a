import { openCharts, type Charts } from './charts.js';
import {
  ceilingTable,
  linesTable,
  measuredTable,
  mixingTable,
  modelledTables,
  rate,
  shortName,
  share,
  unique,
  type Table,
} from './format-figures.js';
import { about, describeDisk, deviceLines, runLines } from './format-markdown.js';
import { patterns } from '../layouts/patterns.js';
import { layoutKinds } from '../layouts/layout.js';
import type { BenchReport, ModelledDevice } from './report.js';

/**
 * The report as one page without scripts that needs no network: charts are drawn here and now.
 *
 * @throws InvalidOptionError when the optional package `echarts` isn't installed
 */
export async function formatHtml(report: BenchReport): Promise<string> {
  const charts = await openCharts();
  const { modelled, settings } = report;
  const names = modelled.map((device) => shortName(device, modelled)).join(' beside ');
  const measured = [ceilingTable(report), measuredTable(report)].filter((one) => one !== undefined);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What chunk layouts cost</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>What chunk layouts cost: ${escape(names)}</h1>
<p>${count(settings.shape[0]!)} images of ${settings.shape.slice(1).join(' × ')} in an HDF5 dataset: how many a second a disk
gives, by how they are laid out (chunks) and by how they are used (pattern). ${escape(about(report)).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</p>
<p class="badge">Modelled: calculated from the exact reads and models of disks, not measured on this machine.</p>
${headline(report)}
<h2>By pattern and layout <span class="badge">modelled</span></h2>
<p>Images a second; more is better. The dashed line is the disk’s own sequential rate: no layout can give more of what it reads.</p>
${patternSections(report, charts)}
${table(linesTable(report))}
<h2>Where the reads fall in the file</h2>
<p>Every dot is a read, from left to right in the order in which they are made; its height is its place in the file.
A jump is a seek: on a disk that turns, its arm moves and the platter comes round, some 10 ms. Steady lines cost next to nothing.</p>
<div class="charts">${report.pictures
    .map(
      (picture) =>
        `<figure><figcaption>${escape(picture.pattern)}, ${escape(picture.reader)} (${escape(picture.layout)})</figcaption>${charts.places(picture)}</figure>`,
    )
    .join('')}</div>
${table(mixingTable(report))}
${
  report.measured === null
    ? '<h2>Measured</h2><p>Nothing was measured: name a directory of your disk with <code>--dir</code>.</p>'
    : `<h2>Measured <span class="badge">on this disk</span></h2><p>${escape(describeDisk(report))}</p>${measured.map(table).join('')}`
}
<h2>What the names mean</h2>
${definitions({ ...layoutKinds })}
${definitions({ ...patterns })}
<h2>The modelled disks</h2>
<ul>${deviceLines(report)
    .map((line) => `<li>${escape(line)}</li>`)
    .join('')}</ul>
<h2>This run</h2>
<ul>${runLines(report)
    .map((line) => `<li>${escape(line).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</li>`)
    .join('')}</ul>
</main>
</body>
</html>
`;
}

/** For each pattern the best layout with planefeed on each device, and h5py on the same. */
function headline({ modelled }: BenchReport): string {
  const names = unique(modelled.flatMap(({ figures }) => figures.map(({ pattern }) => pattern)));
  const best = (device: ModelledDevice, pattern: string): string => {
    const figures = device.figures.filter((figure) => figure.pattern === pattern);
    const own = figures.filter(({ reader }) => reader === 'planefeed');
    const [first, ...rest] = own.length > 0 ? own : figures;
    if (first === undefined) return '<td>–</td><td></td>';
    // A layout counts as better where it is clearly so: else the first of the list stands.
    const top = rest.reduce(
      (top, one) => (one.imagesPerSecond > 1.02 * top.imagesPerSecond ? one : top),
      first,
    );
    const peer = figures.find(({ layout, reader }) => layout === top.layout && reader === 'h5py');
    const ceiling = top.pattern === 'pixel column' ? '' : ` <small>${share(top.ofCeiling)}</small>`;
    return `<td><b>${rate(top.imagesPerSecond)}</b>${ceiling}<br><small>${escape(top.layout)}</small></td><td>${peer === undefined ? '–' : rate(peer.imagesPerSecond)}</td>`;
  };
  return `<h2>In short</h2>
<p>Images a second of the best layout for each use, with planefeed (of the disk’s sequential rate), and beside it h5py’s <code>ds[i]</code> on that layout.</p>
<div class="scroll"><table class="headline"><thead><tr><th rowspan="2">use</th>${modelled
    .map((device) => `<th colspan="2">${escape(shortName(device, modelled))}</th>`)
    .join(
      '',
    )}</tr><tr>${modelled.map(() => '<th>best</th><th>h5py</th>').join('')}</tr></thead><tbody>${names
    .map(
      (pattern) =>
        `<tr><th>${escape(pattern)}</th>${modelled.map((device) => best(device, pattern)).join('')}</tr>`,
    )
    .join('')}</tbody></table></div>`;
}

function patternSections(report: BenchReport, charts: Charts): string {
  const { modelled } = report;
  return modelledTables(report)
    .map((one) => {
      const drawn = modelled.map((device) => {
        const figures = device.figures.filter(({ pattern }) => pattern === one.title);
        const first = figures[0];
        if (first === undefined) return '';
        // What the sequential rate would give if every byte read were one that was asked for.
        const ceiling = device.ceiling.bytesPerSecond / (first.wanted / first.images);
        const useful = ceiling < 100 * Math.max(...figures.map((figure) => figure.imagesPerSecond));
        const inOrder = useful ? ` <small>in order: ${rate(ceiling)} images/s</small>` : '';
        return `<figure><figcaption>${escape(shortName(device, modelled))}${inOrder}</figcaption>${charts.bars(figures, ceiling)}</figure>`;
      });
      const words = Object.hasOwn(patterns, one.title)
        ? patterns[one.title as keyof typeof patterns]
        : '';
      return `<h3>${escape(one.title)}</h3><p>${escape(words)}</p><div class="charts">${drawn.join('')}</div>
<details><summary>The figures</summary>${table({ ...one, title: '' })}</details>`;
    })
    .join('\n');
}

function table({ title, note, head, rows }: Table): string {
  if (rows.length === 0) return '';
  const cells = (row: readonly string[], tag: string): string =>
    row
      .map((cell, i) => `<${i === 0 ? 'th' : tag}>${escape(cell)}</${i === 0 ? 'th' : tag}>`)
      .join('');
  return `${title === '' ? '' : `<h3>${escape(title)}</h3>`}<p>${escape(note)}</p>
<div class="scroll"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells(row, 'td')}</tr>`)
    .join('')}</tbody></table></div>`;
}

function definitions(entries: Readonly<Record<string, string>>): string {
  return `<dl>${Object.entries(entries)
    .map(([name, words]) => `<dt>${escape(name)}</dt><dd>${escape(words)}</dd>`)
    .join('')}</dl>`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const STYLE = `
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1f2937; background: #fff }
body { margin: 0 } main { max-width: 1280px; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.6rem; line-height: 1.2 } h2 { margin-top: 2.2rem; font-size: 1.3rem } h3 { margin-bottom: 0 }
h3 + p { margin-top: .2rem } p, li, dd { max-width: 46rem }
.badge { display: inline-block; background: #fef3c7; border: 1px solid #f59e0b; border-radius: .4rem; padding: 0 .5rem; font-size: .85rem; font-weight: normal }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 1rem; align-items: start }
figure { margin: 0; max-width: 480px } figcaption { font-weight: 600; font-size: .9rem } svg { width: 100%; height: auto; display: block }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #e5e7eb; text-align: right; vertical-align: top }
tbody th, thead th:first-child { text-align: left; font-weight: 600 } thead th { background: #f9fafb }
td small, figcaption small { font-weight: normal; color: #6b7280 } code { background: #f3f4f6; padding: 0 .25rem; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .9rem } dt { font-weight: 600 } dd { margin: 0 }
li { overflow-wrap: anywhere }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr } dd { margin: 0 0 .4rem } th, td { padding: .25rem .4rem } }
`;
