import { Worker } from 'node:worker_threads';
import { WorkerError } from '../../errors.js';
import type { AssemblyTask, AssemblyReport } from '../assembly.js';
import type { BatchMemory } from '../batch-memory.js';
import { closedUnderWay, type Executor } from '../executor.js';
import { createScratch } from '../scratch.js';
import {
  fromErrorMessage,
  STARTED,
  type TaskReply,
  type TaskRequest,
  type WorkerMessage,
  type WorkerSetup,
} from './worker-messages.js';

/** A worker has its next task at hand while it does one, so it never waits for the main thread. */
const TASKS_PER_WORKER = 2;

interface Job {
  readonly task: AssemblyTask;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (report: AssemblyReport) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Settles when it has loaded its modules, or ended. */
  readonly started: Promise<void>;
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
  const place = { file: setup.file };
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
    const started = new Promise<void>((resolve) => {
      worker.once('message', () => {
        resolve();
      });
      worker.once('exit', () => {
        resolve();
      });
    });
    const thread: Thread = { worker, started, scratch: createScratch(memory), jobs: new Map() };
    worker.on('message', (message: WorkerMessage) => {
      if (message !== STARTED) settle(thread, message);
    });
    worker.on('error', (cause) => {
      fail(new WorkerError(`A worker died: ${cause.message}`, { place, cause }));
    });
    worker.on('exit', (code) => {
      fail(new WorkerError(`A worker ended unexpectedly with code ${code}`, { place }));
    });
    // Only now: listening to messages refers to the worker again.
    worker.unref();
    return thread;
  });

  function settle(thread: Thread, reply: TaskReply): void {
    const job = thread.jobs.get(reply.id);
    if (job === undefined) return;
    thread.jobs.delete(reply.id);
    // A thread that is being ended keeps the process alive until it has: someone waits for that.
    if (thread.jobs.size === 0 && failure === undefined) thread.worker.unref();
    dispatch();
    if ('error' in reply) job.reject(fromErrorMessage(reply.error));
    else job.resolve(reply.report);
  }

  /** Hands waiting jobs to the least busy threads. */
  function dispatch(): void {
    for (;;) {
      const thread = threads.reduce((a, b) => (b.jobs.size < a.jobs.size ? b : a));
      if (thread.jobs.size >= TASKS_PER_WORKER) return;
      const job = waiting.shift();
      if (job === undefined) return;
      // Where jobs wait, threads are at work, so that a dropped job is soon looked at.
      if (job.signal?.aborted === true) job.reject(job.signal.reason);
      else send(thread, job);
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
      for (const { jobs } of threads) {
        for (const job of jobs.values()) job.reject(error);
        jobs.clear();
      }
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
        waiting.push({ task, signal, resolve, reject });
        dispatch();
      }),
    close() {
      fail(closedUnderWay());
      return (closing ??= terminate());
    },
  };
}
