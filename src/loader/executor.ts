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
 * Runs each task at once, in the calling thread.
 *
 * @param scratch gives an address of at least that many bytes
 */
export function inlineExecutor(
  assemble: (task: AssemblyTask, scratch: number) => AssemblyTimes,
  scratch: (bytes: number) => number,
): Executor {
  return {
    workers: 0,
    run: (task) =>
      new Promise((resolve) => {
        resolve(assemble(task, scratch(task.scratchBytes)));
      }),
    close: () => Promise.resolve(),
  };
}
