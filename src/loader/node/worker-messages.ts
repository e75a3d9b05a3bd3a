import {
  errorClasses,
  PlanefeedError,
  WorkerError,
  type ErrorPlace,
  type ErrorTag,
} from '../../errors.js';
import type { AssemblySpec, AssemblyReport } from '../assembly.js';

/** What a worker is started with. */
export interface WorkerSetup extends AssemblySetup {
  readonly memory: WebAssembly.Memory;
  /** Address of the queue from which it takes its tasks. */
  readonly queue: number;
  /** Its number, from 0, and how many there are. */
  readonly worker: number;
  readonly workers: number;
}

/** What workers assemble from. */
export interface AssemblySetup {
  readonly spec: AssemblySpec;
  /** Open in the main thread: descriptors belong to the process. */
  readonly fd: number;
  readonly file: string;
  /** Chunks that can't be decoded are damage; else the task fails. */
  readonly tolerant: boolean;
}

/**
 * Worker → main thread: first that it has started, then the countdowns that have come to their end, and
 * each task beside that failed or found damage.
 */
export type WorkerMessage = typeof STARTED | number | TaskReply;

export const STARTED = 'started';

export type TaskReply =
  | { readonly id: number; readonly report: AssemblyReport }
  | { readonly id: number; readonly error: ErrorMessage };

/** An error's facts: classes don't survive the way between threads. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly tag: ErrorTag | undefined;
  readonly reason: string | undefined;
  readonly place: ErrorPlace | undefined;
  readonly advice: string | undefined;
  readonly cause: ErrorMessage | undefined;
}

export function toErrorMessage(error: unknown): ErrorMessage {
  const { name, message, stack, cause } = error instanceof Error ? error : new Error(String(error));
  const own = error instanceof PlanefeedError ? error : undefined;
  return {
    name,
    message,
    stack,
    tag: own?.tag,
    reason: own?.reason,
    place: own?.place,
    advice: own?.advice,
    cause: cause === undefined ? undefined : toErrorMessage(cause),
  };
}

/** The error again, of the family if it was; anything else is wrapped as what failed in the worker. */
export function fromErrorMessage(sent: ErrorMessage): PlanefeedError {
  const cause = sent.cause === undefined ? undefined : plainError(sent.cause);
  if (sent.tag === undefined) {
    return new WorkerError(`A worker failed: ${sent.message}`, { cause: plainError(sent) });
  }
  // Made of the whole message, and given its parts afterwards: not every class takes them apart.
  const error = new errorClasses[sent.tag](sent.message, { cause });
  const { message, reason = message, place = {}, advice } = sent;
  return Object.assign(error, { message, reason, place, advice });
}

function plainError(sent: ErrorMessage): Error {
  const cause = sent.cause === undefined ? undefined : plainError(sent.cause);
  const error = new Error(sent.message, cause === undefined ? undefined : { cause });
  error.name = sent.name;
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}
