/**
 * `npm run setup:bench-peers`: a virtual environment in .cache/bench-peers-venv with the loaders that
 * `npm run bench -- loaders` measures planefeed beside. What can't be installed is passed over, and
 * written down with the reason, which the benchmark tells. What is there already stays.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import {
  peersFolder,
  readSetUpRecord,
  setUpCommand,
  writeSetUpRecord,
  type SetUpGroup,
  type SetUpRecord,
} from '../benchmarks/lib/bench-peers.js';
import { peerGroups, type PeerGroup } from './bench-peers/packages.js';

const names = peerGroups.map(({ name }) => name);
const help = `Usage: ${setUpCommand} [-- GROUP...]

Installs the loaders that "npm run bench -- loaders" measures planefeed beside, from PyPI, into
${path.relative(process.cwd(), peersFolder)}: about 7 GB with all groups, 3 of them CUDA's
libraries, without which PyPI's torch doesn't load. Needs Python 3.11.

Groups (all by default, each with those that it needs): ${names.join(', ')}

Environment:
  PLANEFEED_PYTHON   the Python to make the environment of (default: python3)

Exit code: 0 all are there, 1 some were skipped (the others work), 2 nothing could be set up.`;

const python = path.join(peersFolder, 'bin', 'python');

/** Pinned in packages.ts, so pip needn't look for dependencies; the group `python` has what compiling needs. */
const pipOptions = [
  '--quiet',
  '--disable-pip-version-check',
  '--no-cache-dir',
  '--no-deps',
  '--no-build-isolation',
];

try {
  process.exitCode = main();
} catch (error) {
  console.error(`setup:bench-peers: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

function main(): number {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    console.log(help);
    return 0;
  }
  const groups = withNeeded(positionals.length === 0 ? names : positionals);
  makeEnvironment();
  let record = readSetUpRecord();
  for (const group of groups) {
    record = { ...record, [group.name]: setUp(group, record) };
    writeSetUpRecord(record);
  }
  const skipped = groups.filter(({ name }) => 'skipped' in record[name]!);
  console.log(`${groups.length - skipped.length} of ${groups.length} groups are set up.`);
  for (const { name } of skipped) console.log(`Skipped ${name}: ${reasonOf(record[name])}`);
  return skipped.length === 0 ? 0 : 1;
}

/** In the order of `peerGroups`, where what is needed comes first. */
function withNeeded(wanted: readonly string[]): PeerGroup[] {
  const all = new Set<string>();
  const add = (name: string): void => {
    const group = peerGroups.find((candidate) => candidate.name === name);
    if (group === undefined) throw new Error(`Expected one of ${names.join(', ')}, got ${name}`);
    group.needs?.forEach(add);
    all.add(name);
  };
  wanted.forEach(add);
  return peerGroups.filter(({ name }) => all.has(name));
}

function makeEnvironment(): void {
  if (fs.existsSync(python)) return;
  const base = process.env.PLANEFEED_PYTHON ?? 'python3';
  console.log(`Creating ${peersFolder} with ${base} …`);
  fs.mkdirSync(path.dirname(peersFolder), { recursive: true });
  const failure = run(base, ['-m', 'venv', peersFolder]);
  if (failure === undefined) return;
  throw new Error(
    `"${base} -m venv" failed: ${failure}. Install Python 3.11 with its venv module (Debian and Ubuntu: apt-get install python3-venv).`,
  );
}

function setUp(group: PeerGroup, record: SetUpRecord): SetUpGroup {
  const { name, packages, imports, needs = [], libraries = [], systemSetUp } = group;
  const done = record[name];
  if (done !== undefined && 'installed' in done && sameLists(done.installed, packages)) {
    console.log(`${name}: is there`);
    return done;
  }
  const skip = (reason: string, command: string = setUpCommand): SetUpGroup => {
    console.log(`${name}: skipped: ${reason}`);
    return { skipped: reason, setUp: command };
  };
  for (const needed of needs) {
    const reason = reasonOf(record[needed]);
    if (reason !== undefined) return skip(`it needs ${needed}: ${reason}`);
  }
  if (libraries.length > 0 && run('pkg-config', ['--exists', ...libraries]) !== undefined) {
    const reason = `pip compiles it, and pkg-config finds no ${libraries.join(' or no ')}`;
    return skip(reason, `${systemSetUp ?? ''} && ${setUpCommand}`);
  }
  console.log(`${name}: installing ${packages.length} packages …`);
  const failure =
    run(python, ['-m', 'pip', 'install', ...pipOptions, ...packages]) ??
    run(python, ['-c', `import ${imports}`]);
  return failure === undefined ? { installed: packages } : skip(failure);
}

/** `undefined` when all is well, else the line that says why not. */
function run(command: string, args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0) return undefined;
  if (error !== undefined) return error.message;
  const lines = stderr.trim().split('\n');
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? `${command} failed`;
}

function reasonOf(group: SetUpGroup | undefined): string | undefined {
  if (group === undefined) return 'it is not set up';
  return 'skipped' in group ? group.skipped : undefined;
}

function sameLists(one: readonly string[], other: readonly string[]): boolean {
  return one.join(' ') === other.join(' ');
}
