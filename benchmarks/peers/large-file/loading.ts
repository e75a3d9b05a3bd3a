import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { LoaderOptions } from 'planefeed';

import { batchSize, seed } from '../../lib/batches.js';
import { repository } from '../../lib/files.js';
import type { Peer } from '../../lib/peer.js';

/** What a process loads. */
export interface Loading {
  readonly workers: number;
  /** Batches of an epoch; left out: all. */
  readonly batches?: number;
  readonly epochs: number;
}

/** What that took. */
export interface Loaded {
  /** Milliseconds from `openLoader` to the first batch, in a process that had done nothing before. */
  readonly first: number;
  /** SHA-256 of the first batch. */
  readonly digest: string;
  readonly images: number;
  /** Bytes of resident memory after the first batch, then after each epoch. */
  readonly memory: readonly number[];
  /** The most that it was. */
  readonly peak: number;
}

const script = fileURLToPath(new URL('loading.mjs', import.meta.url));
const run = promisify(execFile);

/** Loads shuffled batches in a process of its own. */
export async function load(file: string, { workers, ...rest }: Loading): Promise<Loaded> {
  const options: LoaderOptions = { workers, batchSize, seed, shuffle: 'full', dtype: 'float32' };
  const task = JSON.stringify({ file, options, ...rest });
  const { stdout } = await run(process.execPath, ['--expose-gc', script, task], {
    cwd: repository,
  });
  return JSON.parse(stdout) as Loaded;
}

/**
 * Opening until the first batch is there.
 *
 * @param seen gets what each process took
 */
export function opening(
  workers: number,
  seen: (loaded: Loaded) => void,
): Peer<{ readonly path: string }> {
  return {
    name: nameOf(workers),
    kind: 'planefeed',
    detail: `a new process; from openLoader(file, { workers: ${workers}, shuffle: 'full', dtype: 'float32' }) to the first batch`,
    open({ path }) {
      const once = (): Promise<Loaded> => load(path, { workers, batches: 1, epochs: 1 });
      return Promise.resolve({
        step: 1,
        async measure(turn, work) {
          let time = 0;
          for (let i = 0; i < work; i++) {
            const loaded = await once();
            if (turn > 0) seen(loaded);
            time += loaded.first;
          }
          return time;
        },
        digest: async () => (await once()).digest,
        close: () => Promise.resolve(),
      });
    },
  };
}

export function nameOf(workers: number): string {
  return `planefeed, ${workers} worker${workers === 1 ? '' : 's'}`;
}
