import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { copyFile, rename, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { openLoader, type Loader } from 'planefeed';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeImageFile } from '../support/image-files.js';
import { resources } from '../support/resources.js';
import { sharedDirectory, temporaryDirectory, type SharedDirectory } from '../support/temp.js';

const COUNT = 240;

let temp: SharedDirectory;
let file: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count: COUNT });
  // The first use starts threads that stay: those of the file system.
  await using loader = await openLoader(file, { workers: 2 });
  await consume(loader);
});
afterAll(() => temp.remove());

const linux = process.platform === 'linux';

describe.each([0, 2])('with %i workers, nothing is left behind by', (workers) => {
  const options = { workers, batchSize: 4, prefetch: 8, shuffle: 'full' } as const;

  it('an exception in the consumer', async () => {
    const failure = new Error('no');
    await leavesNothing(async () => {
      await using loader = await openLoader(file, options);
      const run = consume(loader, () => {
        throw failure;
      });
      await expect(run).rejects.toBe(failure);
    });
  });

  it.each(['before the first batch', 'in the loop', 'while waiting', 'after the last'])(
    'an abort %s',
    async (when) => {
      const reason = new Error('stop');
      const abort = new AbortController();
      await leavesNothing(async () => {
        await using loader = await openLoader(file, { ...options, signal: abort.signal });
        const expected = expect(abortWhen(loader, abort, reason, when));
        if (when === 'after the last') await expected.resolves.toBe(COUNT);
        else await expected.rejects.toBe(reason);
        expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
        await expect(consume(loader)).rejects.toBe(reason);
      });
    },
  );

  it('an iterator that is left open and closed', async () => {
    await leavesNothing(async () => {
      await using loader = await openLoader(file, options);
      await loader[Symbol.asyncIterator]().next();
    });
  });

  it('closing while a batch is waited for: whoever waits is told', async () => {
    await leavesNothing(async () => {
      const loader = await openLoader(file, { ...options, batchSize: COUNT });
      const waiting = loader[Symbol.asyncIterator]().next();
      const refused = expect(waiting).rejects.toMatchObject({ tag: 'closed' });
      // The iteration begins in its own time; closing may come before, too.
      await Promise.resolve();
      await loader.close();
      await refused;
    });
  });

  it('closing in the loop, which ends', async () => {
    await leavesNothing(async () => {
      const loader = await openLoader(file, options);
      expect(await consume(loader, () => loader.close())).toBe(4);
    });
  });

  it('two loops over one loader: the first is told when it asks', async () => {
    await leavesNothing(async () => {
      await using loader = await openLoader(file, options);
      const first = consume(loader, async () => {
        expect(await consume(loader)).toBe(COUNT);
      });
      await expect(first).rejects.toMatchObject({
        tag: 'closed',
        message: expect.stringContaining('one iteration at a time') as string,
      });
    });
  });

  it('two loops that begin together: one of them is told', async () => {
    await leavesNothing(async () => {
      await using loader = await openLoader(file, options);
      const ends = await Promise.allSettled([consume(loader), consume(loader)]);
      expect(ends).toMatchObject([
        { status: 'rejected', reason: { tag: 'closed' } },
        { status: 'fulfilled', value: COUNT },
      ]);
    });
  });
});

describe.each([0, 2])('with %i workers, a file', (workers) => {
  const options = { workers, batchSize: 8, prefetch: 2 } as const;
  let copy: string;
  beforeEach(async () => {
    copy = path.join(await temporaryDirectory(), 'copy.h5');
    await copyFile(file, copy);
  });

  it.runIf(linux)('that is deleted or replaced while it is open stays the same', async () => {
    const other = `${copy}.other`;
    await writeImageFile(other, { count: 3 });
    for (const change of [() => rm(copy), () => rename(other, copy)]) {
      await copyFile(file, copy);
      await leavesNothing(async () => {
        await using loader = await openLoader(copy, options);
        let changed = false;
        const images = await consume(loader, async () => {
          if (!changed) await change();
          changed = true;
        });
        expect(images).toBe(COUNT);
      });
    }
  });

  it('that is cut short is an error that names dataset, image and offset', async () => {
    await leavesNothing(async () => {
      await using loader = await openLoader(copy, options);
      await consume(loader);
      await truncate(copy, 9000);
      await expect(consume(loader)).rejects.toMatchObject({
        tag: 'corrupt-file',
        advice: 'Was the file truncated while it was open?',
        place: {
          file: copy,
          dataset: '/images',
          image: expect.any(Number) as number,
          offset: expect.any(Number) as number,
        },
      });
    });
  });
});

describe('a worker that dies', () => {
  it.each([
    [
      'by ending',
      'ended unexpectedly',
      (worker: Worker) => {
        void worker.terminate();
      },
    ],
    // As Node tells of one that nobody caught: no task makes a worker throw one.
    [
      'of an error',
      'died',
      (worker: Worker) => {
        if (worker.threadId > 0) worker.emit('error', new Error('out of memory'));
      },
    ],
  ])('%s ends the iteration, and the other workers', async (_name, message, kill) => {
    await leavesNothing(async () => {
      const workers: Worker[] = [];
      const note = (event: unknown): void => {
        workers.push((event as { worker: Worker }).worker);
      };
      subscribe('worker_threads', note);
      const loader = await openLoader(file, { workers: 2, batchSize: 4, prefetch: 2 });
      unsubscribe('worker_threads', note);
      expect(workers).toHaveLength(2);
      const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
      const run = consume(loader, async () => {
        kill(workers[0]!);
        await Promise.all(exits);
      });
      await expect(run).rejects.toMatchObject({
        tag: 'worker',
        message: expect.stringContaining(message) as string,
        place: { file },
      });
      await expect(consume(loader)).rejects.toMatchObject({ tag: 'worker' });
      await loader.close();
    });
  });
});

/** Reads a loader to its end; resolves to the images that it delivered. */
async function consume(loader: Loader, each?: () => unknown): Promise<number> {
  let images = 0;
  for await (const batch of loader) {
    images += batch.indices.length;
    await each?.();
  }
  return images;
}

async function abortWhen(
  loader: Loader,
  abort: AbortController,
  reason: Error,
  when: string,
): Promise<number> {
  if (when === 'before the first batch') abort.abort(reason);
  if (when === 'while waiting') {
    const waiting = loader[Symbol.asyncIterator]().next();
    abort.abort(reason);
    await waiting;
  }
  const images = await consume(loader, () => {
    if (when === 'in the loop') abort.abort(reason);
  });
  abort.abort(reason);
  return images;
}

async function leavesNothing(use: () => Promise<void>): Promise<void> {
  const before = linux ? resources() : undefined;
  await use();
  if (before === undefined) return;
  // A thread's own descriptors are closed when it has ended, a little after it said so.
  await vi.waitFor(() => {
    const { descriptors, threads, active } = resources();
    expect({ active, threads }).toEqual({ active: before.active, threads: before.threads });
    expect(descriptors).toBeLessThanOrEqual(before.descriptors);
  });
}
