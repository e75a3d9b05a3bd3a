import { describe, expect, it, vi } from 'vitest';
import { createBatchMemory, type BatchMemory } from '#src/loader/batch-memory.js';
import type { BatchFill, Lane, PlannedWindow } from '#src/loader/lane.js';
import { createLoader, type Loader } from '#src/loader/loader.js';
import { resolveOptions } from '#src/loader/options.js';

describe('an iteration ends without waiting for batches that are still being read', () => {
  it('as its consumer breaks out of the loop', async () => {
    const { loader, lane, memory } = slowLoader();
    lane.finish(0);
    for await (const batch of loader) {
      expect(batch.position).toBe(0);
      break;
    }
    // The disk still reads into them: their memory isn't anyone else's yet.
    expect(memory.used).toBe(4 * BATCH);
    for (const batch of [1, 2, 3]) lane.finish(batch);
    await vi.waitFor(() => {
      expect(memory.used).toBe(0);
    });
  });

  it('as its signal aborts', async () => {
    const abort = new AbortController();
    const { loader, lane } = slowLoader(abort.signal);
    const waiting = loader[Symbol.asyncIterator]().next();
    await lane.begun;
    const reason = new Error('stop');
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(lane.signal()?.aborted).toBe(true);
  });

  it('as its batch fails', async () => {
    const { loader, lane } = slowLoader();
    const waiting = loader[Symbol.asyncIterator]().next();
    await lane.begun;
    const failure = new Error('disk');
    lane.fail(0, failure);
    await expect(waiting).rejects.toBe(failure);
    expect(lane.signal()?.aborted).toBe(true);
  });

  it('as the loader closes, which does wait', async () => {
    const { loader, lane } = slowLoader();
    const waiting = loader[Symbol.asyncIterator]().next();
    await lane.begun;
    let closed = false;
    const closing = loader.close().then(() => (closed = true));
    await expect(waiting).rejects.toMatchObject({ tag: 'closed' });
    expect(closed).toBe(false);
    for (const batch of [0, 1, 2, 3]) lane.finish(batch);
    await closing;
  });

  it('and the next begins with all memory back', async () => {
    const { loader, lane, memory } = slowLoader();
    lane.finish(0);
    for await (const batch of loader) if (batch.position === 0) break;
    const next = loader[Symbol.asyncIterator]().next();
    const before = lane.batches();
    for (let batch = 1; batch < before; batch++) lane.finish(batch);
    await vi.waitFor(() => {
      expect(lane.batches()).toBeGreaterThan(before);
    });
    expect(memory.used).toBe(BATCH * (lane.batches() - before));
    for (let batch = before; batch < 32; batch++) lane.finish(batch);
    expect(await next).toMatchObject({ value: { epoch: 1 } });
    await loader.close();
  });
});

const BATCH = 64;

/** A loader over a disk that reads a batch when the test says so: four batches of one image an epoch. */
function slowLoader(signal?: AbortSignal): {
  loader: Loader<'uint8'>;
  lane: SlowLane;
  memory: BatchMemory;
} {
  const memory = createBatchMemory(2 ** 20);
  const lane = slowLane();
  const file = { dataset: '/images', shape: [8, 8, 1], dtype: 'uint8', content: '' };
  const loader = createLoader<'uint8'>({
    options: resolveOptions({ batchSize: 1, ...(signal && { signal }) }),
    content: {
      start: { epoch: 0, position: 0 },
      current: () => ({
        rows: 4,
        order: { length: 4, epoch: () => (position) => position, digest: '' },
        identity: { n: 4, order: {}, selection: '', file },
        columns: {},
      }),
      grow: undefined,
    },
    imageShape: [8, 8, 1],
    imageBytes: BATCH,
    dtype: 'uint8',
    depths: { deep: { prefetch: 4, window: 4 }, shallow: { prefetch: 4, window: 4 } },
    lane,
    facts: {
      workers: 0,
      cores: 2,
      shuffle: false,
      dtype: 'uint8',
      lane: 'fast',
      filters: [],
      channels: 1,
    },
    laneName: 'fast',
    laneReason: undefined,
    memory,
    classNames: () => Promise.resolve(undefined),
    dispose: () => Promise.resolve(),
  });
  return { loader, lane, memory };
}

interface SlowLane extends Lane {
  /** Resolves when the first batch is under way. */
  readonly begun: Promise<void>;
  /** Batches begun so far. */
  batches(): number;
  /** Of what was begun last. */
  signal(): AbortSignal | undefined;
  finish(batch: number): void;
  fail(batch: number, error: Error): void;
}

function slowLane(): SlowLane {
  const reads = Array.from({ length: 32 }, () => deferred());
  const failures = reads.map(() => deferred());
  const begun = deferred();
  let batches = 0;
  let latest: AbortSignal | undefined;
  const start: PlannedWindow['start'] = (addresses, signal) => {
    latest = signal;
    begun.resolve();
    return addresses.map((): BatchFill => {
      const [read, failure] = [reads[batches]!, failures[batches]!];
      batches++;
      return {
        filled: Promise.race([read.promise, failure.promise]).then(() => []),
        settled: read.promise,
      };
    });
  };
  return {
    begun: begun.promise,
    batches: () => batches,
    signal: () => latest,
    finish: (batch) => {
      reads[batch]!.resolve();
    },
    fail: (batch, error) => {
      failures[batch]!.reject(error);
    },
    plan: () => Promise.resolve({ start }),
    deepPays: () => true,
    stats: () => ({
      ...{ bytesWanted: 0, bytesRead: 0, requests: 0, verified: 0, unverified: 0 },
      ...{ planTime: 0, readTime: 0, decodeTime: 0, verifyTime: 0, assembleTime: 0 },
    }),
    close: () => Promise.resolve(),
  };
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function deferred(): Deferred {
  let settle: Pick<Deferred, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle! };
}
