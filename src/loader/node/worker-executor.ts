import { Worker } from 'node:worker_threads';
import { WorkerError } from '../../errors.js';
import type { AssemblyTask, AssemblyReport } from '../assembly.js';
import type { BatchMemory } from '../batch-memory.js';
import { closedUnderWay, type Executor } from '../executor.js';
import { createScratch } from '../scratch.js';
import { storedBytes, storeTask } from '../task-memory.js';
import { createPublisher, QUEUE_BYTES, QUEUE_CAPACITY } from '../task-queue.js';
import {
  fromErrorMessage,
  STARTED,
  type AssemblySetup,
  type TaskReply,
  type WorkerMessage,
  type WorkerSetup,
} from './worker-messages.js';

/** Bytes of the smallest place for a task. */
const LEAST_PLACE = 1024;

interface Job {
  readonly task: AssemblyTask;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (report: AssemblyReport) => void;
  readonly reject: (error: unknown) => void;
}

/** A job in the queue, or taken by a worker. */
interface PublishedJob extends Job {
  readonly ticket: number;
  /** Where its task lies. */
  readonly place: TaskPlace;
}

/** A block of memory for tasks, one after the other. */
interface TaskPlace {
  readonly address: number;
  readonly bytes: number;
}

interface Thread {
  readonly worker: Worker;
  /** Settles when it has loaded its modules, or ended. */
  readonly started: Promise<void>;
}

/**
 * Runs tasks on worker threads, which take them from a queue in shared memory: so they go on while
 * this thread is busy, with a training step perhaps. Threads that have nothing to do don't keep the
 * process alive.
 */
export function workerExecutor(
  workers: number,
  setup: AssemblySetup,
  memory: BatchMemory,
): Executor {
  const place = { file: setup.file };
  const queue = memory.allocate(QUEUE_BYTES);
  if (queue === undefined) throw memory.limitError(QUEUE_BYTES, 'the tasks of workers');
  const publisher = createPublisher(memory.wasm, queue);
  const waiting: Job[] = [];
  const published = new Map<number, PublishedJob>();
  const freePlaces: TaskPlace[] = [];
  const scratches = Array.from({ length: workers }, () => createScratch(memory));
  const watched = new WeakSet<AbortSignal>();
  let nextId = 0;
  let failure: Error | undefined;
  let closing: Promise<void> | undefined;

  const threads: readonly Thread[] = scratches.map((_, number) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: {
        ...setup,
        ...{ memory: memory.wasm, queue, worker: number, workers },
      } satisfies WorkerSetup,
      // The worker is a plain module: flags that the user's program runs with (`--eval`, loaders) aren't for it.
      execArgv: [],
    });
    const started = new Promise<void>((resolve) => {
      worker.once('message', () => {
        resolve();
      });
      worker.once('exit', () => {
        resolve();
      });
    });
    worker.on('message', (message: WorkerMessage) => {
      if (message !== STARTED) report(message);
    });
    worker.on('error', (cause) => {
      fail(new WorkerError(`A worker died: ${cause.message}`, { place, cause }));
    });
    worker.on('exit', (code) => {
      fail(new WorkerError(`A worker ended unexpectedly with code ${code}`, { place }));
    });
    // Only now: listening to messages refers to the worker again.
    worker.unref();
    return { worker, started };
  });

  function report(reply: TaskReply): void {
    const job = settle(reply.id);
    publishWaiting();
    if ('error' in reply) job?.reject(fromErrorMessage(reply.error));
    else job?.resolve(reply.report);
  }

  function settle(id: number): PublishedJob | undefined {
    const job = published.get(id);
    if (job === undefined) return undefined;
    published.delete(id);
    freePlaces.push(job.place);
    // Threads that are being ended keep the process alive until they have: someone waits for that.
    if (published.size === 0 && failure === undefined) {
      for (const { worker } of threads) worker.unref();
    }
    return job;
  }

  function publishWaiting(): void {
    while (published.size < QUEUE_CAPACITY) {
      const job = waiting.shift();
      if (job === undefined) return;
      try {
        if (publish(job)) continue;
        // Full: its oldest entry waits for a worker, which will report.
        waiting.unshift(job);
        return;
      } catch (error) {
        job.reject(error);
      }
    }
  }

  function publish(job: Job): boolean {
    const scratch = scratches.map((take) => take(job.task.scratchBytes));
    const taskPlace = placeFor(storedBytes(job.task, workers));
    const id = nextId++;
    storeTask(memory.wasm, taskPlace.address, id, job.task, scratch);
    const ticket = publisher.publish(taskPlace.address);
    if (ticket === undefined) {
      freePlaces.push(taskPlace);
      return false;
    }
    if (published.size === 0) {
      for (const { worker } of threads) worker.ref();
    }
    published.set(id, { ...job, ticket, place: taskPlace });
    return true;
  }

  function placeFor(bytes: number): TaskPlace {
    const free = freePlaces.pop();
    if (free !== undefined && free.bytes >= bytes) return free;
    if (free !== undefined) memory.free(free.address);
    // Powers of two, so that places are soon all large enough.
    const size = 2 ** Math.ceil(Math.log2(Math.max(LEAST_PLACE, bytes)));
    const address = memory.allocate(size);
    if (address === undefined) throw memory.limitError(size, 'a task');
    return { address, bytes: size };
  }

  /** Rejects the jobs of a signal that haven't begun as soon as it aborts. */
  function watch(signal: AbortSignal): void {
    if (watched.has(signal)) return;
    watched.add(signal);
    const drop = (): void => {
      for (const job of waiting.splice(0)) {
        if (job.signal === signal) job.reject(signal.reason);
        else waiting.push(job);
      }
      for (const [id, job] of published) {
        if (job.signal !== signal || !publisher.cancel(job.ticket)) continue;
        settle(id);
        job.reject(signal.reason);
      }
      publishWaiting();
    };
    signal.addEventListener('abort', drop, { once: true });
  }

  /**
   * Without all of its threads the executor can't keep its word: the others end too, and everything
   * is rejected from now on.
   */
  function fail(error: Error): void {
    if (failure !== undefined) return;
    failure = error;
    for (const job of waiting.splice(0)) job.reject(error);
    void terminate().then(() => {
      // Only now: nothing writes into the memory of a batch after its jobs are settled.
      for (const job of published.values()) job.reject(error);
      published.clear();
    });
  }

  async function terminate(): Promise<void> {
    await Promise.all(
      threads.map(async ({ worker, started }) => {
        // Ended while it loads modules, a thread would leave their files open for good.
        worker.ref();
        await started;
        await worker.terminate();
      }),
    );
  }

  return {
    workers,
    run: (task, signal) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        if (signal !== undefined) {
          if (signal.aborted) {
            reject(signal.reason as Error);
            return;
          }
          watch(signal);
        }
        waiting.push({ task, signal, resolve, reject });
        publishWaiting();
      }),
    close() {
      fail(closedUnderWay());
      return (closing ??= terminate());
    },
  };
}
