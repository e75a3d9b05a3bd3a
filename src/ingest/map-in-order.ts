import PQueue from 'p-queue';

export interface MapInOrderOptions<T> {
  /** Calls of `work` at once. */
  readonly concurrency: number;
  /** Results that may be finished or under way before they are taken: bounds the memory. */
  readonly ahead: number;
  /** Bytes that an item holds until its result is taken; default 0. */
  readonly weight?: (item: T) => number;
  /** Sum of the weights beyond which no further item is asked for; default: no bound. */
  readonly maxWeight?: number;
  readonly signal?: AbortSignal | undefined;
}

interface Started<R> {
  readonly result: Promise<R>;
  readonly weight: number;
}

interface State {
  weights: number;
  /** The source has: it is done, or failed. */
  ended: boolean;
  failure?: { readonly error: unknown };
}

/**
 * Maps an async iterable with several calls of `work` at once and yields the results in the order
 * of the source. When the consumer stops, nothing is left running. When the source fails, what it
 * gave before is delivered first.
 */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  options: MapInOrderOptions<T>,
): AsyncGenerator<R> {
  const { concurrency, ahead, weight = () => 0, maxWeight = Infinity, signal } = options;
  const queue = new PQueue({ concurrency });
  const items = source[Symbol.asyncIterator]();
  const started: Started<R>[] = [];
  const state: State = { weights: 0, ended: false };

  const startNext = async (): Promise<void> => {
    const item = await takeNext(items, state);
    if (item === undefined) return;
    const result = queue.add(() => work(item.value));
    // Its rejection is met where it is awaited, in its turn; until then it isn't unhandled.
    result.catch(() => undefined);
    started.push({ result, weight: weight(item.value) });
    state.weights += started.at(-1)!.weight;
  };

  try {
    for (;;) {
      signal?.throwIfAborted();
      while (!state.ended && started.length < ahead && state.weights <= maxWeight) {
        await startNext();
        signal?.throwIfAborted();
      }
      const first = started.shift();
      if (first === undefined) break;
      yield await first.result;
      state.weights -= first.weight;
    }
    if (state.failure !== undefined) throw state.failure.error;
  } finally {
    queue.clear();
    await queue.onIdle();
    if (!state.ended) await items.return?.();
  }
}

async function takeNext<T>(
  items: AsyncIterator<T>,
  state: State,
): Promise<{ readonly value: T } | undefined> {
  try {
    const next = await items.next();
    if (next.done !== true) return { value: next.value };
  } catch (error) {
    state.failure = { error };
  }
  state.ended = true;
  return undefined;
}
