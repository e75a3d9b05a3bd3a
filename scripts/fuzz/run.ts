import { Worker } from 'node:worker_threads';
import { mutantOf } from './mutants.js';
import type { Seed } from './seeds.js';
import { addTally, emptyTally, type Tally } from './tally.js';
import type { Work } from './worker.js';

export interface RunOptions {
  readonly seeds: readonly Seed[];
  readonly runSeed: number;
  /** Number of the first mutant. */
  readonly start: number;
  readonly count: number;
  readonly threads: number;
  readonly onProgress: (progress: { done: number; total: number; bytes: number }) => void;
}

export interface RunResult extends Tally {
  /** Bytes of memory of the process, at its most. */
  readonly peakMemory: number;
}

/** A mutant that takes this long hangs, or may as well. */
const HANGS_AFTER_MS = 120_000;
const LOOKS_EVERY_MS = 1000;
const HEAP_MB = 384;
const NOT_BEGUN = -1;
/** Threads don't get the loader that lets this process read TypeScript. */
const START = `import('tsx/esm/api').then(({ tsImport }) =>
  tsImport('./worker.ts', ${JSON.stringify(import.meta.url)}))`;

/** Tries mutants in threads. One that hangs, or runs out of memory, is told and left behind. */
export async function run(options: RunOptions): Promise<RunResult> {
  const total = { ...emptyTally(), peakMemory: 0 };
  const onTally = (tally: Tally): void => {
    addTally(total, tally);
    total.peakMemory = Math.max(total.peakMemory, process.memoryUsage.rss());
    options.onProgress({ done: total.mutants, total: options.count, bytes: total.bytes });
  };
  const threads = Array.from({ length: options.threads }, (_, i) => i);
  await Promise.all(threads.map((i) => tryAll(i, options, onTally)));
  return total;
}

/** Starts a thread anew behind each mutant that kills it. */
async function tryAll(
  thread: number,
  { seeds, runSeed, start, count, threads }: RunOptions,
  onTally: (tally: Tally) => void,
): Promise<void> {
  const end = start + count;
  for (let first = start + thread; first < end;) {
    const at = new Int32Array(new SharedArrayBuffer(4)).fill(NOT_BEGUN);
    const death = await tryFrom({ seeds, runSeed, first, step: threads, end, at }, onTally);
    if (death === undefined) return;
    const mutant = Atomics.load(at, 0);
    if (mutant === NOT_BEGUN) throw new Error(`A thread ${death}`);
    const seed = mutantOf(seeds, runSeed, mutant).seed.name;
    const dead = {
      ...emptyTally(),
      mutants: 1,
      violations: [{ mutant, seed, what: [`the thread ${death}`] }],
    };
    onTally(dead);
    first = mutant + threads;
  }
}

/** Resolves with what killed the thread, if anything did. */
function tryFrom(work: Work, onTally: (tally: Tally) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(START, {
      eval: true,
      workerData: work,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    let seen = -1;
    let since = performance.now();
    const watch = setInterval(() => {
      const mutant = Atomics.load(work.at, 0);
      if (mutant !== seen) {
        seen = mutant;
        since = performance.now();
      } else if (performance.now() - since > HANGS_AFTER_MS) {
        finish(`hangs: nothing for ${HANGS_AFTER_MS / 1000} s`);
      }
    }, LOOKS_EVERY_MS);
    const finish = (death: string | undefined): void => {
      clearInterval(watch);
      resolve(death);
      void worker.terminate();
    };
    worker.on('message', onTally);
    worker.on('error', (error) => {
      finish(`was killed: ${String(error)}`);
    });
    worker.on('exit', () => {
      finish(undefined);
    });
  });
}
