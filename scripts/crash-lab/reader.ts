import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** Reads files in a thread, which is ended when it takes too long. */
export interface Reader {
  /** What the file holds, or why it can't be read. */
  digest(file: string, patienceMs: number): Promise<string>;
  close(): Promise<void>;
}

export const endless = 'unreadable: HDF5 does not come to an end';

export function createReader(): Reader {
  // One reads, one is ready for when that has to be ended.
  let [worker, spare] = [startWorker(), startWorker()];

  return {
    digest: async (file, patienceMs) => {
      const thread = await worker;
      const waiting = new AbortController();
      const answer = once(thread, 'message').then(([found]) => found as string);
      thread.postMessage(file);
      const late = setTimeout(patienceMs, endless, { signal: waiting.signal });
      // When the answer is there first, the waiting is given up.
      late.catch(() => undefined);
      const found = await Promise.race([answer, late]);
      waiting.abort();
      if (found === endless) {
        [worker, spare] = [spare, startWorker()];
        await thread.terminate();
      }
      return found;
    },
    close: async () => {
      await Promise.all([worker, spare].map(async (thread) => (await thread).terminate()));
    },
  };
}

/** Resolves when it has loaded the library. */
async function startWorker(): Promise<Worker> {
  const worker = new Worker(start, { eval: true });
  await once(worker, 'message');
  return worker;
}

/** Threads don't take over the loader of TypeScript. */
const start = `
  import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
    .then(({ register }) => {
      register();
      return import(${JSON.stringify(new URL('reading.ts', import.meta.url).href)});
    })`;
