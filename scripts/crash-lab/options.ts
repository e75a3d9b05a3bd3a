/** The command line of the crash laboratory. */
import { parseArgs } from 'node:util';

export interface LabOptions {
  readonly help: boolean;
  readonly json: boolean;
  readonly seed: number;
  readonly states: number;
  readonly kills: number;
}

export const help = `Usage: npm run crash-lab [-- options]

Records everything that programs which write HDF5 files do to the disk, and builds the states in which
a crash may leave it: killed after every operation; and, after a power failure, with a random part of
what wasn't synced (whole writes, sectors of 512 bytes, in order or not). Each state is recovered and
compared, value by value, with the commits that it may hold. The same programs without a journal, and
with a journal but without one of its fsyncs, are shown beside it: these must lose something.
Then kills real ingests at random moments, and resumes them.

Options:
  --seed <n>    another seed makes other states (default: 1)
  --states <n>  distinct states with the journal, in all (default: 10000)
  --kills <n>   ingests to kill (default: 100)
  --json        print the result as JSON
  -h, --help    this text

Exit code: 0 nothing was lost, 1 something was. h5py looks at a sample if it is there (npm run
setup:h5py).`;

/** @throws TypeError with a one-line message for an argument that isn't known or isn't a number */
export function parseOptions(argv: readonly string[]): LabOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      json: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      states: { type: 'string', default: '10000' },
      kills: { type: 'string', default: '100' },
    },
  });
  return {
    help: values.help,
    json: values.json,
    seed: wholeNumber('seed', values.seed),
    states: wholeNumber('states', values.states),
    kills: wholeNumber('kills', values.kills),
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`Expected --${name} to be a whole number, got '${text}'`);
}
