import { Worker } from 'node:worker_threads';
import { WorkerError } from '../../errors.js';
import type { AssemblyTask, AssemblyReport } from '../assembly.js';
import type { BatchMemory } from '../batch-memory.js';
import { createCountdowns } from '../countdowns.js';
import { closedUnderWay, type Executor } from '../executor.js';
import { createScratch } from '../scratch.js';
import { storedBytes, storedReport, storeTask } from '../task-memory.js';
import { createPublisher, QUEUE_BYTES, QUEUE_CAPACITY } from '../task-queue.js';
import {
  fromErrorMessage,
  STARTED,
  type AssemblySetup,
  type TaskReply,
  type WorkerMessage,
  type WorkerSetup,
} from './worker-messages.js';

/** Jobs that tell of their end together; less than the queue holds, so that none waits for itself. */
const MOST_IN_GROUP = 64;
/** Bytes of the smallest place for a task. */
const LEAST_PLACE = 1024;

interface Job {
  readonly group: Group;
  readonly task: AssemblyTask;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (report: AssemblyReport) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs that are waited for together: the last to end tells of all. */
interface Group {
  /** Jobs that haven't ended, while there is no counter. */
  size: number;
  /** Counts them from the publication of the first. */
  counter: number | undefined;
  readonly published: Set<PublishedJob>;
}

/** A job in the queue, or taken by a worker. */
interface PublishedJob extends Job {
  readonly id: number;
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
  const bytes = QUEUE_BYTES + 4 * QUEUE_CAPACITY;
  const queue = memory.allocate(bytes);
  if (queue === undefined) throw memory.limitError(bytes, 'the tasks of workers');
  const publisher = createPublisher(memory.wasm, queue);
  const countdowns = createCountdowns(memory.wasm, queue + QUEUE_BYTES, QUEUE_CAPACITY);
  const groups = new Map<number, Group>();
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
      if (typeof message === 'number') endGroup(message);
      else if (message !== STARTED) report(message);
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
    const job = published.get(reply.id);
    if (job === undefined) return;
    settle(job);
    if ('error' in reply) job.reject(fromErrorMessage(reply.error));
    else job.resolve(reply.report);
    publishWaiting();
  }

  function endGroup(counter: number): void {
    const group = groups.get(counter);
    if (group === undefined) return;
    groups.delete(counter);
    countdowns.give(counter);
    for (const job of group.published) {
      job.resolve(storedReport(memory.wasm, job.place.address));
      settle(job);
    }
    publishWaiting();
  }

  function settle(job: PublishedJob): void {
    published.delete(job.id);
    job.group.published.delete(job);
    freePlaces.push(job.place);
    // Threads that are being ended keep the process alive until they have: someone waits for that.
    if (published.size === 0 && failure === undefined) {
      for (const { worker } of threads) worker.unref();
    }
  }

  function publishWaiting(): void {
    while (published.size < QUEUE_CAPACITY) {
      const job = waiting.shift();
      if (job === undefined) return;
      try {
        if (publish(job)) continue;
        waiting.unshift(job);
        return;
      } catch (error) {
        job.reject(error);
        leave(job.group);
      }
    }
  }

  /** False where the queue is full, or all counters are taken: a group that ends makes room. */
  function publish(job: Job): boolean {
    const counter = (job.group.counter ??= countGroup(job.group));
    if (counter === undefined) return false;
    const scratch = scratches.map((take) => take(job.task.scratchBytes));
    const taskPlace = placeFor(storedBytes(job.task, workers));
    const id = nextId++;
    storeTask(memory.wasm, taskPlace.address, { id, counter }, job.task, scratch);
    const ticket = publisher.publish(taskPlace.address);
    if (ticket === undefined) {
      freePlaces.push(taskPlace);
      return false;
    }
    if (published.size === 0) {
      for (const { worker } of threads) worker.ref();
    }
    const entry = { ...job, id, ticket, place: taskPlace };
    published.set(id, entry);
    job.group.published.add(entry);
    return true;
  }

  function countGroup(group: Group): number | undefined {
    const counter = countdowns.take(group.size);
    if (counter !== undefined) groups.set(counter, group);
    return counter;
  }

  /** A job ends that no worker will run. */
  function leave(group: Group): void {
    if (group.counter === undefined) group.size--;
    else if (countdowns.down(group.counter)) endGroup(group.counter);
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
        if (job.signal === signal) {
          job.reject(signal.reason);
          leave(job.group);
        } else waiting.push(job);
      }
      for (const job of published.values()) {
        if (job.signal !== signal || !publisher.cancel(job.ticket)) continue;
        settle(job);
        job.reject(signal.reason);
        leave(job.group);
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
    run(tasks, signal) {
      if (signal !== undefined && !signal.aborted) watch(signal);
      const refused = failure ?? (signal?.aborted === true ? (signal.reason as Error) : undefined);
      const runs: Promise<AssemblyReport>[] = [];
      for (let from = 0; from < tasks.length; from += MOST_IN_GROUP) {
        const part = tasks.slice(from, from + MOST_IN_GROUP);
        const group: Group = { size: part.length, counter: undefined, published: new Set() };
        for (const task of part) {
          const run = new Promise<AssemblyReport>((resolve, reject) => {
            if (refused !== undefined) reject(refused);
            else waiting.push({ group, task, signal, resolve, reject });
          });
          runs.push(run);
        }
      }
      publishWaiting();
      return runs;
    },
    close() {
      fail(closedUnderWay());
      return (closing ??= terminate());
    },
  };
}
