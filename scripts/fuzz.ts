/** `npm run fuzz`: damaged HDF5 files by the hundred thousand, none of which may hurt. */
import { writeFile } from 'node:fs/promises';
import { showProgress } from '#src/cli/progress.js';
import { mutantOf, tryMutant } from './fuzz/mutants.js';
import { help, parseOptions, type FuzzOptions } from './fuzz/options.js';
import { formatResult, formatViolation } from './fuzz/report.js';
import { run } from './fuzz/run.js';
import { makeSeeds, type Seed } from './fuzz/seeds.js';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(help);
  else if (options.only !== undefined) await tryOne(options, options.only);
  else await tryMany(options);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`fuzz: ${message.split('\n', 1)[0]!}`);
  process.exitCode = 1;
}

async function tryMany({ files, seed: runSeed, json, ...options }: FuzzOptions): Promise<void> {
  const seeds = await makeSeeds(files);
  console.error(`${options.count} mutants of ${seeds.length} files`);
  const progress = showProgress(process.stderr, 'mutants');
  const began = performance.now();
  const result = await run({
    ...options,
    seeds,
    runSeed,
    onProgress: (now) => {
      progress.update(now);
    },
  });
  progress.stop();
  const seconds = (performance.now() - began) / 1000;
  const facts = { seed: runSeed, files: seeds.length, seconds, ...result };
  console.log(json ? JSON.stringify(facts) : formatResult(result, runSeed, seconds));
  if (result.violations.length > 0) process.exitCode = 1;
}

async function tryOne({ files, seed, write, json }: FuzzOptions, n: number): Promise<void> {
  const seeds: readonly Seed[] = await makeSeeds(files);
  const mutant = mutantOf(seeds, seed, n);
  if (write !== undefined) await writeFile(write, mutant.bytes);
  const outcome = await tryMutant(mutant, seeds);
  const facts = { mutant: n, seed: mutant.seed.name, bytes: mutant.bytes.length, ...outcome };
  if (json) {
    console.log(JSON.stringify(facts));
  } else {
    console.log(`mutant ${n} of ${facts.seed}: ${facts.bytes} bytes`);
    console.log(`operations: ${JSON.stringify(outcome.verdicts)}`);
    const violation = { mutant: n, seed: facts.seed, what: outcome.violations };
    if (violation.what.length > 0) console.log(formatViolation(violation, seed));
  }
  if (outcome.violations.length > 0) process.exitCode = 1;
}
