import { ClosedError } from '../../errors.js';

/** Memory that is given out in parts, first come, first served. */
export interface MemoryBudget {
  /** All of it, in bytes. */
  readonly bytes: number;
  /** The part that is given out now. */
  readonly used: number;
  /**
   * Waits for room. Who needs all there is, or more, gets it alone; who comes later waits behind
   * them, so they aren't passed over for ever.
   *
   * @returns what gives it back
   * @throws ClosedError when the budget is closed meanwhile
   */
  take(bytes: number): Promise<() => void>;
  /** Runs work for which there is room. */
  use<T>(bytes: number, work: () => Promise<T>): Promise<T>;
  /** Gives out no more: who waits fails. */
  close(): void;
}

/**
 * @example
 * const budget = createMemoryBudget(2 ** 28);
 * await budget.use(width * height * 4, () => decode(bytes));
 */
export function createMemoryBudget(bytes: number): MemoryBudget {
  const waiting: Waiting[] = [];
  let used = 0;
  let closed = false;

  const startNext = (): void => {
    while (waiting.length > 0 && used + waiting[0]!.bytes <= bytes) {
      const next = waiting.shift()!;
      used += next.bytes;
      next.start();
    }
  };

  const take = async (wanted: number): Promise<() => void> => {
    if (closed) throw budgetClosed();
    const taken = Math.min(Math.max(0, wanted), bytes);
    await new Promise<void>((start, fail) => {
      waiting.push({ bytes: taken, start, fail });
      startNext();
    });
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      used -= taken;
      startNext();
    };
  };

  return {
    bytes,
    get used() {
      return used;
    },
    take,
    use: async (wanted, work) => {
      const release = await take(wanted);
      try {
        return await work();
      } finally {
        release();
      }
    },
    close: () => {
      closed = true;
      waiting.splice(0).forEach(({ fail }) => {
        fail(budgetClosed());
      });
    },
  };
}

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
  readonly fail: (error: ClosedError) => void;
}

function budgetClosed(): ClosedError {
  return new ClosedError('Expected memory for decoding, but the ingest has ended');
}
