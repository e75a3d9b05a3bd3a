/**
 * `npm run image-corpus`: ingests the images of other packages, accounts for every file, and
 * compares pixels with Pillow's.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Command } from 'commander';

import { formatMarkdown, formatText, type Table } from './corpora/summary.js';
import type { IngestAnswer, IngestRequest } from './image-corpus/answers.js';
import { openComparison } from './image-corpus/compare.js';
import { packages, type ImagePackage } from './image-corpus/packages.js';
import {
  besidePillow,
  breakdown,
  countBy,
  kindOfReason,
  overview,
  type Judged,
  type Summary,
} from './image-corpus/summary.js';
import { updatePage } from './lib/docs-page.js';
import { fetchPackages, type Corpus } from './lib/fetch-packages.js';
import { lineServer } from './lib/line-server.js';

interface Options {
  readonly docs?: true;
  readonly json?: true;
  readonly only?: string;
  readonly compare: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache/image-corpus');
const page = join(root, 'docs/hostile-images.md');
/** Other versions decode otherwise. */
const PILLOW = ['pillow==13.0.0', 'numpy==2.*'];
const HOUR_MS = 3_600_000;

await new Command('image-corpus')
  .description('Ingests other packages’ images, accounts for every file, and compares with Pillow.')
  .option('--docs', `write the tables into ${relative(root, page)}`)
  .option('--json', 'print everything that was counted as JSON')
  .option('--only <name>', 'one package, by its name')
  .option('--compare <n>', 'how many files of a package are compared with Pillow', Number, 1200)
  .action(async (options: Options) => {
    try {
      await run(options);
    } catch (error) {
      say(`image-corpus: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  })
  .parseAsync();

async function run(options: Options): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const python = pythonWithPillow();
  const wanted = packages.filter(({ name }) => options.only === undefined || name === options.only);
  const corpora = fetchPackages(wanted, { cache, python, say });
  const scratch = mkdtempSync(join(tmpdir(), 'planefeed-images-'));
  try {
    const summaries: Summary[] = [];
    for (const [i, corpus] of corpora.entries()) {
      summaries.push(
        await summarize(corpus, filesOf(corpus, wanted[i]!), {
          python,
          scratch,
          compare: options.compare,
        }),
      );
    }
    report(options, summaries);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** In an environment of its own: the tests' has no Pillow. */
function pythonWithPillow(): string {
  const venv = join(cache, 'venv');
  const python = join(venv, 'bin/python');
  if (!existsSync(python)) {
    say('Installing Pillow …');
    execFileSync(process.env.PLANEFEED_PYTHON ?? 'python3', ['-m', 'venv', venv]);
  }
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PILLOW];
  execFileSync(python, install, { stdio: ['ignore', 'ignore', 'inherit'] });
  return python;
}

function filesOf({ directory }: Corpus, { images }: ImagePackage): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => images.test(file))
    .map((file) => relative(directory, file))
    .sort();
}

async function summarize(
  { release, directory }: Corpus,
  names: readonly string[],
  { python, scratch, compare }: { python: string; scratch: string; compare: number },
): Promise<Summary> {
  say(`Ingesting ${names.length} files of ${release} …`);
  const bugs: string[] = [];
  const { added, setAside, peakBytes } = await ingestAll({
    directory,
    names,
    target: join(scratch, 'images.h5'),
  });
  if (added + setAside.length !== names.length) {
    bugs.push(`${release}: ${names.length} files, ${added} in and ${setAside.length} set aside`);
  }
  const chosen = spread(names, compare);
  say(`Comparing ${chosen.length} of them …`);
  const judged: Judged[] = [];
  const comparison = openComparison(python, scratch);
  for (const file of chosen) {
    judged.push({ file, verdict: await comparison.compare(join(directory, file)) });
  }
  comparison.close();
  for (const { file, verdict } of judged) {
    if (verdict.kind === 'different' || verdict.kind === 'bug') {
      bugs.push(`${file}: ${verdict.kind}: ${verdict.detail}`);
    }
  }
  return {
    release,
    files: names.length,
    added,
    setAside: countBy(setAside, ({ reason }) => kindOfReason(reason)),
    verdicts: countBy(judged, ({ verdict }) => verdict.kind),
    near: countBy(judged, ({ verdict }) => (verdict.kind === 'near' ? verdict.why : undefined)),
    peakBytes,
    bugs,
  };
}

/** At most `count` of them, from all parts of the list. */
function spread(names: readonly string[], count: number): string[] {
  if (names.length <= count) return [...names];
  return Array.from({ length: count }, (_, i) => names[Math.floor((i * names.length) / count)]!);
}

/** In a process of its own: a file that brings it down is found by that. */
async function ingestAll(request: IngestRequest): Promise<Exclude<IngestAnswer, { bug: string }>> {
  const server = lineServer(process.execPath, [
    fileURLToPath(new URL('image-corpus/ingest-files.mjs', import.meta.url)),
  ]);
  const reply = await server.ask(request, HOUR_MS);
  server.close();
  if ('failure' in reply) throw new Error(`The ingest ended: ${reply.failure}: ${reply.detail}`);
  const answer = reply.answer as IngestAnswer;
  if ('bug' in answer) throw new Error(`The ingest failed: ${answer.bug}`);
  return answer;
}

function report(options: Options, summaries: readonly Summary[]): void {
  if (options.docs === true) updatePage(page, tablesAs(formatMarkdown, summaries));
  if (options.json === true) process.stdout.write(`${JSON.stringify(summaries, null, 2)}\n`);
  else process.stdout.write(`\n${Object.values(tablesAs(formatText, summaries)).join('\n\n')}\n`);
  const bugs = summaries.flatMap((summary) => summary.bugs);
  for (const bug of bugs) say(`WRONG ${bug}`);
  if (bugs.length > 0) process.exitCode = 1;
}

function tablesAs(
  format: (table: Table) => string,
  summaries: readonly Summary[],
): Record<string, string> {
  return {
    'corpus-files': format(overview(summaries)),
    'corpus-reasons': format(breakdown('Set aside: why', summaries, ({ setAside }) => setAside)),
    'corpus-pillow': format(besidePillow(summaries)),
    'corpus-near': format(breakdown('Near, not equal: why', summaries, ({ near }) => near)),
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
