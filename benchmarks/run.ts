/** `npm run bench`: measures planefeed beside other readers of the same file. See README.md here. */
import fs from 'node:fs';
import path from 'node:path';

import { Argument, Command, InvalidArgumentError } from 'commander';

import { formatReport } from './lib/format-report.js';
import type { Report } from './lib/report.js';
import { scenarios } from './scenarios/all.js';

interface RunOptions {
  readonly images?: number;
  readonly repetitions?: number;
  readonly peers?: readonly string[];
  readonly quick?: true;
  readonly json?: string;
}

const [first] = scenarios;
const all = 'all';
const names = scenarios.map(({ name }) => name);

// Exits by the usual way, on which half-made files are removed.
process.once('SIGINT', () => process.exit(130));

await new Command('bench')
  .description('Measures planefeed beside other readers of the same file (page cache hot).')
  .addArgument(
    new Argument('[scenario...]', scenarioHelp()).choices([...names, all]).default([first.name]),
  )
  .option('--images <n>', `images in the file of ${first.name} and loaders`, parseCount)
  .option('--repetitions <n>', 'measurements of each', parseCount)
  .option('--peers <words>', 'loaders: only those named like that, e.g. ffcv,grain', parseWords)
  .option('--quick', 'small data, few short repetitions: a try-out')
  .option('--json <file>', 'write the results there too')
  .action(async (chosen: readonly string[], options: RunOptions) => {
    try {
      await run(chosen, options);
    } catch (error) {
      process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  })
  .parseAsync();

async function run(chosen: readonly string[], options: RunOptions): Promise<void> {
  const { images, repetitions, peers, json } = options;
  if (json !== undefined) requireWritable(json);
  const reports: Report[] = [];
  for (const { name, load } of scenarios) {
    if (!chosen.includes(name) && !chosen.includes(all)) continue;
    const runScenario = await load();
    const report = await runScenario({
      quick: options.quick === true,
      images,
      repetitions,
      peers,
      say: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`\n${formatReport(report)}\n`);
    reports.push(report);
    // After each scenario, so that little is lost when a later one fails.
    if (json !== undefined) writeJson(json, reports);
  }
}

/** One scenario is one object; several are an array of them. */
function writeJson(file: string, reports: readonly Report[]): void {
  const results = reports.length === 1 ? reports[0] : reports;
  fs.writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

function scenarioHelp(): string {
  return scenarios.map(({ name, summary }) => `${name}: ${summary}`).join('; ');
}

/** Found out before measuring, not after. */
function requireWritable(file: string): void {
  try {
    fs.accessSync(fs.existsSync(file) ? file : path.dirname(file), fs.constants.W_OK);
  } catch (cause) {
    throw new Error(`Expected a file that can be written, got --json ${file}`, { cause });
  }
}

function parseWords(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.every((word) => word !== '')) return words;
  throw new InvalidArgumentError('Expected words between commas.');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}
