/**
 * `npm run corpora`: reads every dataset of the HDF5 files that other projects ship, and of a matrix
 * of generated ones, with h5py and with the fast lane, and says where they agree.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Command, InvalidArgumentError } from 'commander';

import { openComparison, type Comparison, type FileOutcome } from './corpora/compare.js';
import { fetchPackages, type Corpus } from './lib/fetch-packages.js';
import { updatePage } from './lib/docs-page.js';
import { findHdf5Files } from './corpora/hdf5-files.js';
import { compareMatrix, type MatrixFile } from './corpora/matrix.js';
import { packages } from './corpora/packages.js';
import {
  breakdown,
  formatMarkdown,
  formatText,
  overview,
  summarize,
  type Summary,
  type Table,
} from './corpora/summary.js';

interface CorporaOptions {
  readonly json?: true;
  readonly docs?: true;
  readonly matrix: number;
  readonly seed: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache/corpora');
const page = join(root, 'docs/reading-any-file.md');
const python = process.env.PLANEFEED_PYTHON ?? join(root, '.venv/bin/python');
const MATRIX_SIZE = 10_000;

await new Command('corpora')
  .description('Compares what h5py and the fast lane read of other projects’ HDF5 files.')
  .option('--json', 'print everything that was counted as JSON')
  .option('--docs', `write the tables into ${relative(root, page)}`)
  .option('--matrix <n>', 'how many generated datasets are compared too', parseCount, MATRIX_SIZE)
  .option('--seed <n>', 'what they are drawn from', parseCount, 1)
  .action(async (options: CorporaOptions) => {
    try {
      await run(options);
    } catch (error) {
      process.stderr.write(`corpora: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  })
  .parseAsync();

async function run(options: CorporaOptions): Promise<void> {
  requireH5py();
  mkdirSync(cache, { recursive: true });
  const corpora = fetchPackages(packages, { cache, python, say });
  const comparison = openComparison(python);
  try {
    const summaries: Summary[] = [];
    for (const corpus of corpora) summaries.push(await compareCorpus(comparison, corpus));
    const matrix = await compareGenerated(comparison, options);
    report(options, summaries, matrix);
    const different = [...summaries, matrix].flatMap((summary) => summary.different);
    for (const line of different) say(`DIFFERENT ${line}`);
    if (different.length > 0) process.exitCode = 1;
  } finally {
    comparison.close();
  }
}

async function compareCorpus(comparison: Comparison, corpus: Corpus): Promise<Summary> {
  const files = findHdf5Files(corpus.directory);
  say(`Reading ${files.length} files of ${corpus.name} …`);
  const outcomes: FileOutcome[] = [];
  for (const file of files) {
    const outcome = await comparison.compare(file);
    outcomes.push({ ...outcome, file: relative(corpus.directory, file) });
  }
  return summarize(corpus.name, corpus.release, outcomes);
}

async function compareGenerated(
  comparison: Comparison,
  { matrix: count, seed }: CorporaOptions,
): Promise<Summary> {
  say(`Writing and reading ${count} generated datasets …`);
  const directory = mkdtempSync(join(tmpdir(), 'planefeed-matrix-'));
  try {
    const outcomes = await compareMatrix(comparison, { python, directory, seed, count });
    return summarize('generated', `${count} generated datasets`, outcomes.map(explain));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The file will be gone; how the dataset was made says more than where it was. */
function explain({ made, ...outcome }: MatrixFile): FileOutcome {
  return {
    ...outcome,
    datasets: outcome.datasets.map(({ path, outcome }) => ({
      path: `${path} (${made[path] ?? 'a link'})`,
      outcome,
    })),
  };
}

function report(options: CorporaOptions, summaries: readonly Summary[], matrix: Summary): void {
  if (options.docs === true) updatePage(page, tablesAs(formatMarkdown, summaries, matrix));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ corpora: summaries, matrix }, null, 2)}\n`);
    return;
  }
  const texts = Object.values(tablesAs(formatText, summaries, matrix));
  process.stdout.write(`\n${texts.join('\n\n')}\n`);
}

function tablesAs(
  format: (table: Table) => string,
  summaries: readonly Summary[],
  matrix: Summary,
): Record<string, string> {
  const all = [...summaries, matrix];
  return {
    overview: format(overview(all)),
    unsupported: format(breakdown('Feature', summaries, (summary) => summary.unsupported)),
    'h5py-cannot': format(breakdown('The fast lane’s answer', all, (s) => s.h5pyCannot)),
    indexes: format(breakdown('Read through', all, (summary) => summary.equal)),
  };
}

/** Else everything would count as what h5py can't read. */
function requireH5py(): void {
  try {
    execFileSync(python, ['-c', 'import h5py, numpy'], { stdio: 'pipe' });
  } catch (cause) {
    throw new Error(`${python} has no h5py: run npm run setup:h5py first`, { cause });
  }
}

function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Expected a whole number of at least 1.');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
