/** `npm run stress-growing`: loads a file that another process appends to, and compares every image. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runGrowing } from './stress-growing/run.js';

const help = `Usage: npm run stress-growing [-- options]

A process appends images to a file, in sessions and commits of random length, while this one opens the
file again and again, with and without \`follow\`, with any workers, batches and orders, and goes on from
states. Every image delivered is compared with what its number says that it must be, and every epoch with
the images that it must have.

Options:
  --seconds <n>  how long (default: 60)
  --seed <n>     another seed does other things (default: 1)
  -h, --help     this text

Exit code: 0 all was as it must be, 1 something wasn't.`;

try {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
    },
  });
  if (values.help) console.log(help);
  else await stress(Number(values.seconds), Number(values.seed));
} catch (error) {
  console.error(`stress-growing: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function stress(seconds: number, seed: number): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'planefeed-growing-'));
  try {
    const { faults, ...tally } = await runGrowing(path.join(folder, 'growing.h5'), seconds, seed);
    console.log(
      `${tally.written} images written in ${tally.commits} commits; ${tally.openings} openings (${tally.resumed} from a state), ${tally.epochs} whole epochs (${tally.grown} had grown), ${tally.images} images compared: ${faults.length} wrong`,
    );
    for (const fault of faults.slice(0, 20)) console.log(fault);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
