/** The command line of the fuzzing. */
import { parseArgs } from 'node:util';

export interface FuzzOptions {
  readonly help: boolean;
  readonly json: boolean;
  readonly seed: number;
  /** Number of the first mutant. */
  readonly start: number;
  readonly count: number;
  readonly threads: number;
  /** A single mutant to try again. */
  readonly only: number | undefined;
  /** Where that mutant is written to. */
  readonly write: string | undefined;
  /** Directory of further files to start from. */
  readonly files: string | undefined;
}

export const help = `Usage: npm run fuzz [-- options]

Damages HDF5 files in every way and reads them as a user would: opens them, lists their groups, opens
their datasets, scans chunk indexes, looks up chunks, reads rows. Whatever the damage, each of these
must yield a value or one of planefeed's own errors, read nothing outside of the file, and keep
within bounds on reads, memory and work that depend on the file's size (scripts/fuzz/meter.ts).

The files, some 250, are written by h5py and planefeed, one for each feature and format; among them
are the published vulnerabilities of the HDF5 library, made again (scripts/fuzz/cve-files.ts). The
first mutants of a run are the files as they are.

Options:
  --seed <n>      another seed makes other mutants (default: 1)
  --count <n>     mutants to try (default: 200000)
  --start <n>     number of the first (default: 0): to run in pieces
  --threads <n>   default: 2
  --only <n>      try one mutant, and say what happens
  --write <path>  with --only: write the mutant to a file
  --files <dir>   start from these HDF5 files too
  --json          print the result as JSON
  -h, --help      this text

Exit code: 0 no violation, 1 a violation, each told with the number for --only, or something failed.
Needs h5py: npm run setup:h5py.`;

/** @throws TypeError with a one-line message for an argument that isn't known or isn't a number */
export function parseOptions(argv: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      json: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      start: { type: 'string', default: '0' },
      count: { type: 'string', default: '200000' },
      threads: { type: 'string', default: '2' },
      only: { type: 'string' },
      write: { type: 'string' },
      files: { type: 'string' },
    },
  });
  const { help, json, only, write, files } = values;
  if (write !== undefined && only === undefined) throw new TypeError('--write needs --only');
  return {
    help,
    json,
    seed: wholeNumber('seed', values.seed, 0),
    start: wholeNumber('start', values.start, 0),
    count: wholeNumber('count', values.count, 1),
    threads: wholeNumber('threads', values.threads, 1),
    only: only === undefined ? undefined : wholeNumber('only', only, 0),
    write,
    files,
  };
}

const MAX = 2 ** 31 - 1;

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= MAX) return value;
  throw new TypeError(`--${name} must be a whole number from ${least} to ${MAX}, got ${text}`);
}
