import { ClosedError } from '../errors.js';

/** A run through a stream that can be ended from outside. */
export interface Iteration<T> {
  readonly iterator: AsyncIterableIterator<T, void, void>;
  /**
   * Ends it at once, if it hasn't ended: a wait under way rejects with the reason. Whoever asks
   * afterwards is told that there is no more, or with `refuse` gets the reason.
   */
  end(reason: Error, refuse?: boolean): Promise<void>;
}

/**
 * Starts a run when the first item is asked for.
 *
 * @param run yields the items; stops waiting when the controller's signal aborts
 * @param signal the user's, whose reason ends the run
 */
export function createIteration<T>(
  run: (ended: AbortController) => AsyncGenerator<T, void, void>,
  signal: AbortSignal | undefined,
): Iteration<T> {
  const ended = new AbortController();
  const items = listening(run, ended, signal);
  let finished = false;
  let refusal: Error | undefined;
  return {
    iterator: {
      async next() {
        if (refusal !== undefined) throw refusal;
        const result = await items.next();
        finished ||= result.done === true;
        return result;
      },
      return() {
        finished = true;
        return items.return();
      },
      throw: (error) => items.throw(error),
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    async end(reason, refuse = false) {
      if (finished) return;
      if (refuse) refusal = reason;
      ended.abort(reason);
      await items.return();
    },
  };
}

/** What the iterator of an iteration is refused with after another one began. */
export function replacedByAnother(): ClosedError {
  return new ClosedError('Expected one iteration at a time, but another of this loader began', {
    advice: 'Open a loader for each loop that runs beside others',
  });
}

async function* listening<T>(
  run: (ended: AbortController) => AsyncGenerator<T, void, void>,
  ended: AbortController,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, void> {
  const abort = (): void => {
    ended.abort(signal?.reason);
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    yield* run(ended);
  } finally {
    signal?.removeEventListener('abort', abort);
    // Whatever is still under way for it has no purpose any more.
    ended.abort();
  }
}
