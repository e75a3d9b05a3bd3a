/** Memory that is given out in parts, first come, first served. */
export interface MemoryBudget {
  /** All of it, in bytes. */
  readonly bytes: number;
  /** The part that is given out now. */
  readonly used: number;
  /**
   * Waits for room and then runs the work. Work that needs all there is, or more, runs alone.
   * What comes later waits behind it, so it isn't passed over for ever.
   */
  use<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

/**
 * @example
 * const budget = createMemoryBudget(2 ** 28);
 * await budget.use(width * height * 4, () => decode(bytes));
 */
export function createMemoryBudget(bytes: number): MemoryBudget {
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  let used = 0;

  const startNext = (): void => {
    while (waiting.length > 0 && used + waiting[0]!.bytes <= bytes) {
      const next = waiting.shift()!;
      used += next.bytes;
      next.start();
    }
  };

  return {
    bytes,
    get used() {
      return used;
    },
    use: async (wanted, work) => {
      const taken = Math.min(Math.max(0, wanted), bytes);
      await new Promise<void>((start) => {
        waiting.push({ bytes: taken, start });
        startNext();
      });
      try {
        return await work();
      } finally {
        used -= taken;
        startNext();
      }
    },
  };
}
