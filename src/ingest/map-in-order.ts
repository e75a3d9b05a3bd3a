import PQueue from 'p-queue';

export interface MapInOrderOptions {
  /** Calls of `work` at once. */
  readonly concurrency: number;
  /** Results that may be finished or under way before they are taken: bounds the memory. */
  readonly ahead: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Maps an async iterable with several calls of `work` at once and yields the results in the order
 * of the source. When the consumer stops, nothing is left running.
 */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  { concurrency, ahead, signal }: MapInOrderOptions,
): AsyncGenerator<R> {
  const queue = new PQueue({ concurrency });
  const started: Promise<R>[] = [];
  try {
    for await (const item of source) {
      signal?.throwIfAborted();
      const result = queue.add(() => work(item));
      // Its rejection is met where it is awaited, in its turn; until then it isn't unhandled.
      result.catch(() => undefined);
      started.push(result);
      if (started.length >= ahead) yield await started.shift()!;
    }
    for (let result = started.shift(); result !== undefined; result = started.shift()) {
      signal?.throwIfAborted();
      yield await result;
    }
  } finally {
    queue.clear();
    await queue.onIdle();
  }
}
