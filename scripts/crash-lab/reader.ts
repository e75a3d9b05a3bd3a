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
  let worker: Worker | undefined;

  const started = async (): Promise<Worker> => {
    if (worker !== undefined) return worker;
    worker = new Worker(start, { eval: true });
    await once(worker, 'online');
    return worker;
  };

  return {
    digest: async (file, patienceMs) => {
      const fresh = worker === undefined;
      const thread = await started();
      const waiting = new AbortController();
      const answer = once(thread, 'message').then(([found]) => found as string);
      thread.postMessage(file);
      // A new thread has the library to load first.
      const patience = fresh ? patienceMs + 20_000 : patienceMs;
      const late = setTimeout(patience, endless, { signal: waiting.signal });
      // When the answer is there first, the waiting is given up.
      late.catch(() => undefined);
      const found = await Promise.race([answer, late]);
      waiting.abort();
      if (found === endless) {
        worker = undefined;
        await thread.terminate();
      }
      return found;
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}

/** Threads don't take over the loader of TypeScript. */
const start = `
  import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
    .then(({ register }) => {
      register();
      return import(${JSON.stringify(new URL('reading.ts', import.meta.url).href)});
    })`;
