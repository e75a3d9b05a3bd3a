/** The laboratory itself: mutants come again, bounds can be broken, checksums are made right. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openHdf5File } from '#src/chunking/format/hdf5-file.js';
import { readGroup } from '#src/chunking/group.js';
import { memorySource } from '#src/storage/memory-source.js';
import { checkedBlocks, fixChecksums } from '../../../scripts/fuzz/checked-blocks.js';
import { exercise } from '../../../scripts/fuzz/exercise.js';
import { meter } from '../../../scripts/fuzz/meter.js';
import { mutantOf } from '../../../scripts/fuzz/mutants.js';
import { parseOptions } from '../../../scripts/fuzz/options.js';
import { ownSeeds } from '../../../scripts/fuzz/own-seeds.js';
import { formatResult } from '../../../scripts/fuzz/report.js';
import { seedOf, type Seed } from '../../../scripts/fuzz/seeds.js';
import { emptyTally } from '../../../scripts/fuzz/tally.js';
import { describeWithH5py } from '../../support/h5py.js';
import { repository } from '../../support/probe.js';
import { temporaryDirectory } from '../../support/temp.js';

const SOURCE = memorySource(new Uint8Array(1000), 'zeros');

async function ownSeed(): Promise<Seed> {
  const seeds = await ownSeeds(await temporaryDirectory());
  return seedOf('planefeed-v110', seeds.get('planefeed-v110')!, { mutable: true, sound: true });
}

it('a mutant is the same each time, and another with another seed', async () => {
  const seeds = [await ownSeed()];
  const bytes = (runSeed: number, n: number) => mutantOf(seeds, runSeed, n).bytes;
  expect(bytes(1, 0)).toEqual(seeds[0]!.bytes);
  expect(bytes(1, 7)).toEqual(bytes(1, 7));
  expect(bytes(1, 7)).not.toEqual(bytes(2, 7));
  expect(bytes(1, 7)).not.toEqual(bytes(1, 8));
});

it('fields are found where they are read', async () => {
  const { anatomy, bytes, paths } = await ownSeed();
  expect(paths).toEqual(expect.arrayContaining(['/images', '/labels']));
  // The superblock's version, size of offsets and size of lengths.
  for (const at of [8, 9, 10]) expect(anatomy.fields.some((field) => field.at === at)).toBe(true);
  const kinds = new Set(anatomy.fields.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['address', 'length', 'number']));
  expect(anatomy.fields.every(({ at, width }) => at + width <= bytes.length)).toBe(true);
});

it('checksums are made right', async () => {
  const { bytes, anatomy } = await ownSeed();
  const damaged = Uint8Array.from(bytes);
  const header = anatomy.blocks.find(
    ({ start }) => String.fromCharCode(...bytes.subarray(start, start + 4)) === 'OHDR',
  )!;
  damaged[header.start + header.length - 5]! ^= 1;
  const list = async (file: Uint8Array) => {
    const hdf5 = await openHdf5File(memorySource(file));
    return readGroup(hdf5, header.start);
  };
  await expect(list(damaged)).rejects.toThrow(/checksum/);
  fixChecksums(damaged, anatomy.blocks);
  expect(checkedBlocks(damaged)).toEqual(anatomy.blocks);
  const message = await list(damaged).then(() => '', String);
  expect(message).not.toMatch(/checksum/);
});

it.each<[string, number, (source: typeof SOURCE) => unknown]>([
  ['reads', 0, (source) => Promise.all(Array.from({ length: 30 }, () => source.read(0, 1)))],
  ['bytesRead', 0, (source) => Promise.all(Array.from({ length: 15 }, () => source.read(0, 1000)))],
  ['allocated', 0, () => new Uint8Array(2_000_000)],
  ['allocated', 1000, () => Float64Array.from({ length: 1_000_000 })],
  ['structures', 0, () => Array.from({ length: 2000 }, () => new DataView(new ArrayBuffer(1)))],
  ['text', 0, () => new TextDecoder().decode(new Uint8Array(9000))],
])('more %s than the bound are noted (%i bytes asked for)', async (measure, asked, run) => {
  const { source, measure: measured, violations } = meter(SOURCE);
  await measured('nothing', asked, () => Promise.resolve());
  expect(violations).toEqual([]);
  await measured('much', asked, () => Promise.resolve(run(source)));
  expect(violations.join()).toContain(`much: ${measure}`);
});

it('a read beyond the end is noted, though its error be swallowed', async () => {
  const { source, violations } = meter(SOURCE);
  await Promise.resolve(source)
    .then((watched) => watched.read(999, 2))
    .catch(() => undefined);
  expect(violations).toEqual(['read of 2 bytes at 999, of 1000']);
});

it('what is no HDF5 file is refused with an error of our own', async () => {
  const { verdicts, violations } = await exercise(new Uint8Array(600), []);
  expect(verdicts).toEqual({ 'corrupt-file': 1 });
  expect(violations).toEqual([]);
});

it('the command line is checked', () => {
  expect(parseOptions([])).toMatchObject({ seed: 1, start: 0, count: 200_000, threads: 2 });
  expect(parseOptions(['--only', '7', '--write', 'x.h5'])).toMatchObject({
    only: 7,
    write: 'x.h5',
  });
  expect(() => parseOptions(['--count', 'many'])).toThrow(/--count must be a whole number/);
  expect(() => parseOptions(['--write', 'x.h5'])).toThrow(/--write needs --only/);
  expect(() => parseOptions(['--huh'])).toThrow(/--huh/);
});

it('a violation is told with what makes it come again', () => {
  const violations = [{ mutant: 12, seed: 'a file', what: ['open file: much'] }];
  const result = { ...emptyTally(), mutants: 100, violations, peakMemory: 5e6 };
  const text = formatResult(result, 3, 10);
  expect(text).toContain('100 mutants in 10 s (10/s), seed 3');
  expect(text).toContain('mutant 12 of a file (again: --seed 3 --only 12)\n    open file: much');
});

describeWithH5py('npm run fuzz', () => {
  const fuzz = (...args: string[]) =>
    promisify(execFile)(process.execPath, [
      ...['--import', import.meta.resolve('tsx'), join(repository, 'scripts/fuzz.ts')],
      ...args,
    ]);

  it('tries mutants in threads, and tells the result as JSON', async () => {
    const { stdout, stderr } = await fuzz('--start', '300', '--count', '40', '--json');
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(result).toMatchObject({ seed: 1, mutants: 40, violations: [] });
    expect(stderr).toMatch(/^40 mutants of \d+ files\n/);
  }, 240_000);

  it('tries one mutant again, and writes it', async () => {
    const path = join(await temporaryDirectory(), 'mutant.h5');
    const { stdout } = await fuzz('--only', '301', '--write', path);
    expect(stdout).toMatch(/^mutant 301 of .+: \d+ bytes\noperations: \{.*\}\n$/);
    expect(stdout).toContain(`${(await readFile(path)).length} bytes`);
  }, 240_000);
});
