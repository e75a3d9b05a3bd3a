import { ClosedError } from '../errors.js';
import type { AssemblyTask, AssemblyReport } from './assembly.js';

/** Runs assembly tasks: in the calling thread or on workers. */
export interface Executor {
  /** Threads that work beside the caller; 0 in the calling thread. */
  readonly workers: number;
  /**
   * Queues tasks that are waited for together: a report may come as late as the last of them. Tasks
   * start in their order and that of the calls.
   *
   * @param signal a task that hasn't begun when it aborts never does: it is rejected with the reason.
   *   One that has begun settles when nothing writes for it any more
   */
  run(tasks: readonly AssemblyTask[], signal?: AbortSignal): Promise<AssemblyReport>[];
  /** Ends the threads; tasks that still wait are rejected. */
  close(): Promise<void>;
}

/**
 * Runs tasks in the calling thread, one after the other.
 *
 * @param scratch gives an address of at least that many bytes
 * @param pause lets the event loop turn, before each task: a loop over batches would starve signals
 *   and timers
 */
export function inlineExecutor(
  assemble: (task: AssemblyTask, scratch: number) => AssemblyReport,
  scratch: (bytes: number) => number,
  pause: () => Promise<void>,
): Executor {
  const closed = new AbortController();
  let last: Promise<unknown> = Promise.resolve();

  async function runAfter(
    before: Promise<unknown>,
    task: AssemblyTask,
    signal: AbortSignal | undefined,
  ): Promise<AssemblyReport> {
    await before.catch(() => undefined);
    // Tasks that are dropped don't wait for a turn of their own.
    if (!closed.signal.aborted && signal?.aborted !== true) await pause();
    closed.signal.throwIfAborted();
    signal?.throwIfAborted();
    return assemble(task, scratch(task.scratchBytes));
  }

  return {
    workers: 0,
    run(tasks, signal) {
      return tasks.map((task) => {
        const run = runAfter(last, task, signal);
        last = run;
        return run;
      });
    },
    async close() {
      closed.abort(closedUnderWay());
      await last.catch(() => undefined);
    },
  };
}

/** What tasks are rejected with that were under way as the loader was closed. */
export function closedUnderWay(): ClosedError {
  return new ClosedError('The loader was closed while batches were under way');
}
