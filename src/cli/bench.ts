import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { StorageError } from '../errors.js';
import { bench } from '../laboratory/bench/bench.js';
import { compareReports, readReport, type Compared } from '../laboratory/bench/compare.js';
import { rate } from '../laboratory/bench/format-figures.js';
import { formatHtml } from '../laboratory/bench/format-html.js';
import { formatMarkdown } from '../laboratory/bench/format-markdown.js';
import type { BenchReport } from '../laboratory/bench/report.js';
import { deviceNamed } from '../laboratory/catalogue/catalogue.js';
import { layoutKinds, layoutsOf, type ImageSet } from '../laboratory/layouts/layout.js';
import { patternNamed, patternNames, patterns } from '../laboratory/layouts/patterns.js';
import { endedBy } from './ended-by.js';
import { exitCodes } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { parseCount, parseNumber, parseShape } from './parse-options.js';
import { printError } from './print-error.js';

interface BenchCommandOptions {
  readonly shape: ImageSet['shape'];
  readonly itemSize: number;
  readonly layout?: readonly string[];
  readonly pattern?: readonly string[];
  readonly device: readonly string[];
  readonly dir?: string;
  readonly batchSize: number;
  readonly ahead: number;
  readonly window: number;
  readonly workers: number;
  readonly images?: number;
  readonly ratio: number;
  readonly quick?: true;
  readonly json?: true | string;
  readonly markdown?: true | string;
  readonly html?: string;
}

/** `planefeed bench …` and `planefeed bench compare A.json B.json` */
export function benchCommand(): Command {
  return new Command('bench')
    .description('show what chunk layouts cost: modelled for known disks, measured on yours')
    .option('--shape <n,h,w,c>', 'images', parseShape, DEFAULT_SHAPE)
    .option('--item-size <bytes>', 'bytes of an element: 1, 2 or 4', parseCount, 1)
    .option('--layout <names>', 'layouts, with commas between (default: all)', parseNames)
    .option('--pattern <names>', 'patterns, with commas between (default: all)', parseNames)
    .option('--device <names>', 'devices of the catalogue', parseNames, ['hdd', 'ssd', 'nvme'])
    .option('--dir <path>', 'measure too: with small files in this directory, removed at once')
    .option('--batch-size <n>', 'images in a batch', parseCount, 32)
    .option('--ahead <n>', 'images that planefeed plans together', parseCount, 256)
    .option('--window <n>', 'images of the shuffle window', parseCount, 4096)
    .option('--workers <n>', 'reads that planefeed keeps in flight', parseCount, 4)
    .option('--images <n>', 'images that a modelled pattern reads (default: a window)', parseCount)
    .option(
      '--ratio <r>',
      'assumed stored bytes of compressed chunks, as a share',
      parseNumber,
      0.8,
    )
    .option('--quick', 'under 2 minutes: no compression, smaller files, fewer repetitions')
    .option('--json [file]', 'the report as JSON, to stdout or a file')
    .option('--markdown [file]', 'the report as Markdown, to stdout (default) or a file')
    .option('--html <file>', 'the report as one page that needs no network (needs echarts)')
    .addHelpText('after', help())
    .action(async (options: BenchCommandOptions) => {
      process.exitCode = await runBench(options);
    })
    .addCommand(compareCommand());
}

async function runBench(options: BenchCommandOptions): Promise<number> {
  using interrupt = onInterrupt();
  const json = options.json === true;
  try {
    const set: ImageSet = { shape: options.shape, itemSize: options.itemSize };
    const compressions = options.quick ? (['none'] as const) : (['none', 'gzip'] as const);
    const report = await bench({
      set,
      layouts: options.layout ?? layoutsOf(set, compressions).map(({ name }) => name),
      patterns: options.pattern?.map(patternNamed) ?? patternNames,
      devices: options.device.map(deviceNamed),
      batchSize: options.batchSize,
      ahead: options.ahead,
      window: options.window,
      depth: options.workers,
      images: options.images ?? options.window,
      ratio: options.ratio,
      directory: options.dir,
      quick: options.quick === true,
      command: commandLine(),
      onStep: (step) => process.stderr.write(`planefeed: ${step}\n`),
      signal: interrupt.signal,
    });
    await writeReport(report, options);
    return exitCodes.success;
  } catch (error) {
    return endedBy(error, interrupt, json, 'interrupted; nothing is left behind');
  }
}

async function writeReport(
  report: BenchReport,
  { json, markdown, html }: BenchCommandOptions,
): Promise<void> {
  const asJson = `${JSON.stringify(report)}\n`;
  if (typeof json === 'string') await writeOut(json, asJson);
  if (typeof markdown === 'string') await writeOut(markdown, formatMarkdown(report));
  if (html !== undefined) await writeOut(html, await formatHtml(report));
  if (json === true) process.stdout.write(asJson);
  else if (markdown === true || [json, markdown, html].every((one) => one === undefined)) {
    process.stdout.write(formatMarkdown(report));
  }
}

async function writeOut(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new StorageError(`The report can't be written: ${(cause as Error).message}`, {
      place: { file: path },
      cause,
    });
  }
}

function compareCommand(): Command {
  return new Command('compare')
    .description('two reports of `planefeed bench --json`, figure by figure')
    .argument('<a>', 'JSON file, before')
    .argument('<b>', 'JSON file, after')
    .option('--json', 'print the comparison as JSON')
    .exitOverride()
    .action(async (a: string, b: string, _: unknown, command: Command) => {
      // The parent command has an option of this name too, and takes it where it comes first.
      const json = command.optsWithGlobals<{ json?: true }>().json === true;
      try {
        const compared = compareReports(await readReport(a), await readReport(b));
        process.stdout.write(json ? `${JSON.stringify(compared)}\n` : formatCompared(compared));
      } catch (error) {
        if (json) printError(error);
        throw error;
      }
    });
}

function formatCompared(compared: readonly Compared[]): string {
  if (compared.length === 0) return 'The reports have no figure in common.\n';
  const rows = compared.map((one) => [
    one.source === 'modelled' ? `modelled ${one.device}` : one.source,
    one.pattern,
    one.layout,
    one.reader,
    rate(one.before),
    rate(one.after),
    `×${one.ratio.toFixed(2)}${one.withinSpread ? ' (within the spread)' : ''}`,
  ]);
  const table = [
    ['source', 'pattern', 'layout', 'reader', 'before', 'after', 'after/before'],
    ...rows,
  ];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return `${table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`;
}

function help(): string {
  const list = (entries: Readonly<Record<string, string>>): string =>
    Object.entries(entries)
      .map(([name, words]) => `  ${name.padEnd(24)}${words}`)
      .join('\n');
  return `
Layouts (all but contiguous also with +gzip or +shuffle+gzip):
${list(layoutKinds)}

Patterns:
${list(patterns)}

Modelled figures come from the reads alone (decompression isn't in them), priced by models of the
catalogue's devices: see docs/device-models.md for what these are worth, docs/layouts.md for what to
make of the figures.

Exit codes:
  ${exitCodes.success}    success
  ${exitCodes.failure}    failed, and nothing is left behind; stderr says why
  ${exitCodes.interrupted}  interrupted by Ctrl-C, and nothing is left behind

Examples:
  planefeed bench --quick
  planefeed bench --quick --dir . --html report.html
  planefeed bench --shape 50000,512,512,3 --layout plane,block-image --pattern 'images shuffled'
  planefeed bench --dir /data --json today.json && planefeed bench compare before.json today.json`;
}

/** As it can be typed again. */
function commandLine(): string {
  const words = process.argv
    .slice(2)
    .map((word) => (/^[\w./,=:+-]+$/.test(word) ? word : `'${word}'`));
  return ['planefeed', ...words].join(' ');
}

/** For commander. */
function parseNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** A tenth of the modelled hard disk. */
const DEFAULT_SHAPE: ImageSet['shape'] = [350_000, 224, 224, 3];
