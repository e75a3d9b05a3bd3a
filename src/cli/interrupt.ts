/** Ctrl-C as an abort signal, for as long as it is in use. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** Whether an error is how the work ended because of it. */
  caused(error: unknown): boolean;
}

/** @example using interrupt = onInterrupt(); */
export function onInterrupt(): Interrupt {
  const abort = new AbortController();
  const { signal } = abort;
  const interrupt = (): void => {
    abort.abort();
  };
  process.once('SIGINT', interrupt);
  return {
    signal,
    caused: (error) => signal.aborted && error === signal.reason,
    [Symbol.dispose]() {
      process.removeListener('SIGINT', interrupt);
    },
  };
}
