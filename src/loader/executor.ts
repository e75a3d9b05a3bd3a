import type { AssemblyTask, AssemblyTimes } from './assembly.js';

/** Runs assembly tasks: in the calling thread or on workers. */
export interface Executor {
  /** Threads that work beside the caller; 0 in the calling thread. */
  readonly workers: number;
  /** Queues a task. Tasks start in the order of the calls. */
  run(task: AssemblyTask): Promise<AssemblyTimes>;
  /** Ends the threads; tasks that still wait are rejected. */
  close(): Promise<void>;
}

/**
 * Runs tasks in the calling thread, one after the other.
 *
 * @param scratch gives an address of at least that many bytes
 * @param pause lets the event loop turn; without it, a loop over batches would starve signals and timers
 */
export function inlineExecutor(
  assemble: (task: AssemblyTask, scratch: number) => AssemblyTimes,
  scratch: (bytes: number) => number,
  pause: () => Promise<void>,
): Executor {
  return {
    workers: 0,
    async run(task) {
      await pause();
      return assemble(task, scratch(task.scratchBytes));
    },
    close: () => Promise.resolve(),
  };
}
