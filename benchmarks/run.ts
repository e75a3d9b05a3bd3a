/** `npm run bench`: measures planefeed beside other readers of the same file. See README.md here. */
import fs from 'node:fs';
import path from 'node:path';

import { Command, InvalidArgumentError } from 'commander';

import { formatReport } from './lib/report.js';
import { shuffledBatches } from './scenarios/shuffled-batches.js';

interface RunOptions {
  readonly images?: number;
  readonly repetitions?: number;
  readonly quick?: true;
  readonly json?: string;
}

const full = { images: 4096, repetitions: 5, seconds: 1 };
/** Enough to see that everything runs; too little to trust. */
const quick = { images: 512, repetitions: 3, seconds: 0.2 };

// Exits by the usual way, on which half-made files are removed.
process.once('SIGINT', () => process.exit(130));

await new Command('bench')
  .description('Measures planefeed beside other readers of the same file (page cache hot).')
  .option('--images <n>', `images in the file (default: ${full.images})`, parseCount)
  .option('--repetitions <n>', `measurements of each (default: ${full.repetitions})`, parseCount)
  .option('--quick', `${quick.images} images, ${quick.repetitions} short repetitions: a try-out`)
  .option('--json <file>', 'write the results there too')
  .action(async (options: RunOptions) => {
    try {
      await run(options);
    } catch (error) {
      process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  })
  .parseAsync();

async function run(options: RunOptions): Promise<void> {
  if (options.json !== undefined) requireWritable(options.json);
  const defaults = options.quick === true ? quick : full;
  const report = await shuffledBatches({
    images: options.images ?? defaults.images,
    repetitions: options.repetitions ?? defaults.repetitions,
    seconds: defaults.seconds,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`\n${formatReport(report)}\n`);
  if (options.json !== undefined) {
    fs.writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

/** Found out before measuring, not after. */
function requireWritable(file: string): void {
  try {
    fs.accessSync(fs.existsSync(file) ? file : path.dirname(file), fs.constants.W_OK);
  } catch (cause) {
    throw new Error(`Expected a file that can be written, got --json ${file}`, { cause });
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}
