import { Worker } from 'node:worker_threads';
import { ClosedError, WorkerError } from '../../errors.js';
import type { AssemblyTask, AssemblyTimes } from '../assembly.js';
import type { BatchMemory } from '../batch-memory.js';
import type { Executor } from '../executor.js';
import { createScratch } from '../scratch.js';
import {
  fromErrorMessage,
  type TaskReply,
  type TaskRequest,
  type WorkerSetup,
} from './worker-messages.js';

/** A worker has its next task at hand while it does one, so it never waits for the main thread. */
const TASKS_PER_WORKER = 2;

interface Job {
  readonly task: AssemblyTask;
  readonly resolve: (times: AssemblyTimes) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly scratch: (bytes: number) => number;
  /** Jobs that it was given, by id. */
  readonly jobs: Map<number, Job>;
}

/** Runs tasks on worker threads. Threads that have nothing to do don't keep the process alive. */
export function workerExecutor(
  workers: number,
  setup: Omit<WorkerSetup, 'memory'>,
  memory: BatchMemory,
): Executor {
  const waiting: Job[] = [];
  let nextId = 0;
  let failure: Error | undefined;
  let closing: Promise<void> | undefined;

  const threads: Thread[] = Array.from({ length: workers }, () => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { ...setup, memory: memory.wasm } satisfies WorkerSetup,
      // The worker is a plain module: flags that the user's program runs with (`--eval`, loaders) aren't for it.
      execArgv: [],
    });
    const thread: Thread = { worker, scratch: createScratch(memory), jobs: new Map() };
    worker.on('message', (reply: TaskReply) => {
      settle(thread, reply);
    });
    worker.on('error', (cause) => {
      fail(new WorkerError(`A worker died: ${cause.message}`, { cause }));
    });
    worker.on('exit', (code) => {
      if (closing === undefined)
        fail(new WorkerError(`A worker ended unexpectedly with code ${code}`));
    });
    // Only now: listening to messages refers to the worker again.
    worker.unref();
    return thread;
  });

  function settle(thread: Thread, reply: TaskReply): void {
    const job = thread.jobs.get(reply.id);
    if (job === undefined) return;
    thread.jobs.delete(reply.id);
    if (thread.jobs.size === 0) thread.worker.unref();
    dispatch();
    if ('error' in reply) job.reject(fromErrorMessage(reply.error));
    else job.resolve(reply.times);
  }

  /** Hands waiting jobs to the least busy threads. */
  function dispatch(): void {
    for (;;) {
      const thread = threads.reduce((a, b) => (b.jobs.size < a.jobs.size ? b : a));
      if (thread.jobs.size >= TASKS_PER_WORKER) return;
      const job = waiting.shift();
      if (job === undefined) return;
      send(thread, job);
    }
  }

  function send(thread: Thread, job: Job): void {
    try {
      const scratch = thread.scratch(job.task.scratchBytes);
      const id = nextId++;
      if (thread.jobs.size === 0) thread.worker.ref();
      thread.jobs.set(id, job);
      thread.worker.postMessage({ id, task: job.task, scratch } satisfies TaskRequest);
    } catch (error) {
      job.reject(error);
    }
  }

  /** Without all of its threads the executor can't keep its word: everything is rejected from now on. */
  function fail(error: Error): void {
    failure ??= error;
    for (const job of waiting.splice(0)) job.reject(error);
    for (const thread of threads) {
      for (const job of thread.jobs.values()) job.reject(error);
      thread.jobs.clear();
      thread.worker.unref();
    }
  }

  return {
    workers,
    run: (task) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting.push({ task, resolve, reject });
        dispatch();
      }),
    close() {
      closing ??= (async () => {
        await Promise.all(threads.map(({ worker }) => worker.terminate()));
        fail(new ClosedError('The loader was closed while batches were under way'));
      })();
      return closing;
    },
  };
}
