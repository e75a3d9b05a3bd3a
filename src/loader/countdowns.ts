/** Counters in shared memory that several threads count down, so that only the last has to tell. */
export interface Countdowns {
  /** Counts one down; true when that was the last. */
  down(counter: number): boolean;
  /** Takes a counter, to be counted down from `count`; `undefined` where all are taken. */
  take(count: number): number | undefined;
  /** Gives it back. */
  give(counter: number): void;
}

/**
 * @param address a multiple of 4, of `4 * count` bytes
 * @param count counters there are. One thread alone takes them and gives them back.
 */
export function createCountdowns(
  memory: WebAssembly.Memory,
  address: number,
  count: number,
): Countdowns {
  const counters = new Int32Array(memory.buffer, address, count);
  const free = Array.from(counters.keys());
  return {
    down: (counter) => Atomics.sub(counters, counter, 1) === 1,
    take(from) {
      const counter = free.pop();
      if (counter !== undefined) Atomics.store(counters, counter, from);
      return counter;
    },
    give(counter) {
      free.push(counter);
    },
  };
}
