/** No file, however damaged, hurts: only our own errors, no read outside of it, bounded work. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '#src/chunking/open-dataset.js';
import { CorruptFileError } from '#src/errors.js';
import { openH5 } from '#src/storage/h5.js';
import { memorySource } from '#src/storage/memory-source.js';
import { cveFiles } from '../../scripts/fuzz/cve-files.js';
import { mutantOf, tryMutant } from '../../scripts/fuzz/mutants.js';
import { ownSeeds } from '../../scripts/fuzz/own-seeds.js';
import { addTally, emptyTally, type Tally } from '../../scripts/fuzz/tally.js';
import { makeSeeds, seedOf, type Seed } from '../../scripts/fuzz/seeds.js';
import { describeWithH5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

const RUN_SEED = 20_240_229;
/** `npm run fuzz` tries hundreds of times as many. */
const MUTANTS = 2000;

describe('files of planefeed', () => {
  it('hurt nobody when damaged', async () => {
    const seeds: Seed[] = [];
    for (const [name, bytes] of await ownSeeds(await temporaryDirectory())) {
      seeds.push(await seedOf(name, bytes, { mutable: true, sound: true }));
    }
    expectHarmless(await tryMutants(seeds, 0, MUTANTS / 4));
  });
});

describeWithH5py('files of h5py', () => {
  let seeds: readonly Seed[];
  beforeAll(async () => {
    seeds = await makeSeeds();
  });

  it('hurt nobody when damaged, whatever feature they have', async () => {
    const sound = seeds.filter((seed) => seed.sound).length;
    expect(sound).toBeGreaterThan(150);
    const asTheyAre = await tryMutants(seeds, 0, seeds.length);
    expect(asTheyAre.violations).toEqual([]);
    expectHarmless(await tryMutants(seeds, seeds.length, MUTANTS));
  }, 240_000);

  it('tampered with to cost time or memory are refused before they do', async () => {
    const attacks = seeds.filter(({ name }) => name.startsWith('attack: '));
    expect(attacks.length).toBeGreaterThan(5);
    for (const seed of attacks) {
      const { violations, verdicts } = await tryMutant(mutantOf([seed], 0, 0), [seed]);
      expect(violations, seed.name).toEqual([]);
      const { 'corrupt-file': corrupt = 0, 'not-found': notFound = 0 } = verdicts;
      expect(corrupt + notFound, seed.name).toBeGreaterThan(0);
    }
  }, 240_000);
});

it('each published vulnerability is told by its number and what is damaged', () => {
  for (const { cve, what } of cveFiles) {
    expect(cve).toMatch(/^CVE-\d{4}-\d{4,}( CVE-\d{4}-\d{4,})*$/);
    expect(what).not.toBe('');
  }
  expect(new Set(cveFiles.map(({ what }) => what)).size).toBe(cveFiles.length);
});

it('cut at any byte is found to be cut', async () => {
  const path = join(await temporaryDirectory(), 'cut.h5');
  const h5 = await openH5(path, 'w', { durability: 'process' });
  h5.createDataset('/labels', { dtype: 'int32', shape: [30], chunkShape: [4], maxShape: [null] });
  await h5.close();
  const bytes = await readFile(path);
  for (let length = 0; length < bytes.length; length++) {
    const source = memorySource(bytes.subarray(0, length), 'cut.h5');
    await expect(openDataset(source, '/labels')).rejects.toThrow(CorruptFileError);
  }
});

async function tryMutants(seeds: readonly Seed[], first: number, count: number): Promise<Tally> {
  const total = emptyTally();
  for (let n = first; n < first + count; n++) {
    const mutant = mutantOf(seeds, RUN_SEED, n);
    const { violations, ...outcome } = await tryMutant(mutant, seeds);
    addTally(total, {
      ...emptyTally(),
      ...outcome,
      mutants: 1,
      violations:
        violations.length === 0 ? [] : [{ mutant: n, seed: mutant.seed.name, what: violations }],
    });
  }
  return total;
}

function expectHarmless({ violations, verdicts }: Tally): void {
  expect(violations).toEqual([]);
  // The damage must reach deep enough that some is found, and not stop everything at the door.
  const { read = 0, 'corrupt-file': corrupt = 0 } = verdicts;
  expect(corrupt).toBeGreaterThan((read + corrupt) / 20);
  expect(read).toBeGreaterThan((read + corrupt) / 4);
}
