/** The files that the fuzzing starts from. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attacks } from './attacks.js';
import { checkedBlocks } from './checked-blocks.js';
import { cveFiles } from './cve-files.js';
import { derivedSeeds } from './derived-seeds.js';
import { exercise } from './exercise.js';
import { edited } from './file-editor.js';
import type { Anatomy } from './mutate.js';
import { ownSeeds } from './own-seeds.js';
import { tracedFields } from './traced-fields.js';

export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the datasets in it. */
  readonly paths: readonly string[];
  readonly anatomy: Anatomy;
  /** Whether mutants are made of it: not of large files, nor of those that are damaged enough. */
  readonly mutable: boolean;
  /** Whether it can be read without an error. */
  readonly sound: boolean;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const python = process.env.PLANEFEED_PYTHON ?? join(root, '.venv/bin/python');

/**
 * Makes them: h5py's, planefeed's, the published vulnerabilities and attacks on time and memory.
 *
 * @param more directory of further HDF5 files, such as those of known vulnerabilities
 * @throws Error when h5py isn't there
 */
export async function makeSeeds(more?: string): Promise<Seed[]> {
  const directory = await mkdtemp(join(tmpdir(), 'planefeed-fuzz-'));
  try {
    runPython(directory);
    const byH5py = await filesOf(directory);
    const files = new Map([...byH5py, ...(await derivedSeeds(directory))]);
    for (const [name, bytes] of await ownSeeds(directory)) files.set(name, bytes);
    const seeds: Seed[] = [];
    for (const [name, bytes] of files) {
      const isSmall = !name.startsWith('attack-');
      seeds.push(await seedOf(name, bytes, { mutable: isSmall, sound: isSmall }));
    }
    const damaged = { mutable: false, sound: false };
    for (const { cve, what, seed, edit } of cveFiles) {
      const bytes = await edited(byH5py.get(seed)!, edit);
      seeds.push(await seedOf(`${cve}: ${what}`, bytes, { ...damaged, mutable: true }));
    }
    for (const { what, seed, edit } of attacks) {
      const bytes = await edited(byH5py.get(seed)!, edit);
      seeds.push(await seedOf(`attack: ${what}`, bytes, damaged));
    }
    if (more === undefined) return seeds;
    for (const [name, bytes] of await filesOf(more)) {
      seeds.push(await seedOf(name, bytes, { ...damaged, mutable: bytes.length <= LARGEST }));
    }
    return seeds;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Mutants of larger files take too long. */
const LARGEST = 131_072;

/** Looks into a file. */
export async function seedOf(
  name: string,
  bytes: Uint8Array,
  kind: Pick<Seed, 'mutable' | 'sound'>,
): Promise<Seed> {
  if (!kind.mutable) {
    return { name, bytes, paths: [], anatomy: { blocks: [], fields: [] }, ...kind };
  }
  let paths: readonly string[] = [];
  const fields = await tracedFields(async () => {
    ({ paths } = await exercise(bytes, []));
  });
  const within = fields.filter(({ at, width }) => at + width <= bytes.length);
  return { name, bytes, paths, anatomy: { blocks: checkedBlocks(bytes), fields: within }, ...kind };
}

async function filesOf(directory: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const entries = await readdir(directory, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isFile()).sort(byName)) {
    files.set(basename(name, '.h5'), new Uint8Array(await readFile(join(directory, name))));
  }
  return files;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function runPython(directory: string): void {
  const script = fileURLToPath(new URL('seeds.py', import.meta.url));
  const { status, stderr, error } = spawnSync(python, [script, directory], { encoding: 'utf8' });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1);
  throw new Error(`h5py is needed (npm run setup:h5py): ${reason}`);
}
