import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { openLoader, WorkerError } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageChunks, resolveAxes } from '#src/chunking/image-chunks.js';
import { prepareAssembly } from '#src/loader/assembly-spec.js';
import { createBatchMemory, type BatchMemory } from '#src/loader/batch-memory.js';
import type { AssemblySpec, AssemblyTask } from '#src/loader/assembly.js';
import { workerExecutor } from '#src/loader/node/worker-executor.js';
import { writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

let temp: SharedDirectory;
let file: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count: 60 });
});
afterAll(() => temp.remove());

describe.runIf(process.platform === 'linux')('close', () => {
  it.each(['after an epoch', 'in the middle of one', 'before the first batch', 'after a failure'])(
    '%s leaves no thread and no descriptor behind',
    async (when) => {
      // The first use starts threads that stay: those of the file system.
      await use('after an epoch');
      const before = resources();
      for (let i = 0; i < 3; i++) await use(when);
      expect(resources()).toEqual(before);
    },
  );

  async function use(when: string): Promise<void> {
    const columns = when === 'after a failure' ? { label: '/none' } : undefined;
    const opening = openLoader(file, {
      batchSize: 8,
      workers: 2,
      ...(columns && { columns }),
    });
    if (columns) {
      await expect(opening).rejects.toThrow('/none');
      return;
    }
    const loader = await opening;
    if (when !== 'before the first batch') {
      for await (const batch of loader) if (when !== 'after an epoch' && batch.position > 8) break;
    }
    await loader.close();
  }
});

describe('a process', () => {
  it.each([
    ['that forgets to close its loader ends by itself', 'for await (const batch of loader) break;'],
    ['that never iterates ends by itself', ''],
    ['ends by itself with the iterator left open', 'await loader[Symbol.asyncIterator]().next();'],
  ])('%s', async (_name, use) => {
    const script = `
      import { openLoader } from 'planefeed';
      const loader = await openLoader(${JSON.stringify(file)}, { workers: 2, batchSize: 4 });
      ${use}
      console.log(loader.length);
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { timeout: 30_000 },
    );
    expect(stdout).toBe('60\n');
  });

  it('stays alive while it waits for a batch', async () => {
    const script = `
      import { openLoader } from 'planefeed';
      const loader = await openLoader(${JSON.stringify(file)}, { workers: 1, batchSize: 4, prefetch: 1 });
      let images = 0;
      for await (const batch of loader) images += batch.indices.length;
      console.log(images);
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      script,
    ]);
    expect(stdout).toBe('60\n');
  });
});

describe('a worker', () => {
  it('that dies fails what it had and all that follows, with the cause', async () => {
    const memory = createBatchMemory(2 ** 20);
    const spec = specIn(memory);
    // A filter that nobody has makes the worker fail as it starts.
    const filters = [{ id: 9999, name: 'nobody', optional: false, clientData: [] }];
    const executor = workerExecutor(
      1,
      { spec: { ...spec, filters }, fd: -1, file: 'none.h5', tolerant: false },
      memory,
    );
    const task = idle;
    const error: unknown = await executor.run([task])[0]!.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkerError);
    expect((error as WorkerError).message).toContain('nobody');
    await expect(executor.run([task])[0]).rejects.toBe(error);
    await executor.close();
  });

  it('settles more tasks than it is told of at once, failing ones among them, each as it ends', async () => {
    const memory = createBatchMemory(2 ** 22);
    const setup = { spec: specIn(memory), fd: -1, file: 'none.h5', tolerant: false };
    const executor = workerExecutor(2, setup, memory);
    const failing = {
      ...idle,
      groups: Float64Array.of(1, 0, 0),
      reads: Float64Array.of(0, 16, 0),
      scratchBytes: 64,
    };
    // Each waited for alone.
    const tasks = Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? failing : idle));
    const results = await Promise.allSettled(tasks.flatMap((task) => executor.run([task])));
    expect(results.map(({ status }) => status)).toEqual(
      tasks.map((task) => (task === failing ? 'rejected' : 'fulfilled')),
    );
    await executor.close();
  });
});

/** Nothing to do. */
const idle: AssemblyTask = {
  groups: new Float64Array(0),
  reads: new Float64Array(0),
  blocks: new Float64Array(0),
  images: new Float64Array(0),
  staging: 0,
  scratchBytes: 0,
};

/** Images that no file has. */
function specIn(memory: BatchMemory): AssemblySpec {
  const layout = { shape: [4, 8, 8, 1], chunkShape: [1, 8, 8, 1] };
  return prepareAssembly(
    memory,
    {
      ...layout,
      path: '/images',
      type: { kind: 'u', size: 1, littleEndian: true },
      filters: [],
      fillValue: new Uint8Array(1),
      index: { locate: () => Promise.reject(new Error('not asked for')) },
    },
    imageChunks(layout, resolveAxes('nhwc', 4), [0]),
    {
      input: { kind: 'u', size: 1, littleEndian: true },
      dtype: 'uint8',
      scale: Float32Array.of(1),
      bias: Float32Array.of(0),
    },
    'nhwc',
    'none.h5',
    undefined,
  );
}

/** Threads and open descriptors of this process. */
function resources(): { threads: number; descriptors: number } {
  return {
    threads: readdirSync('/proc/self/task').length,
    descriptors: readdirSync('/proc/self/fd').length,
  };
}
