import type { BatchMemory } from './batch-memory.js';

/**
 * Scratch memory for one thread, made larger when a task needs more. Sizes double, and a region is
 * never given back: a task that was queued earlier may still use it.
 */
export function createScratch(memory: BatchMemory): (bytes: number) => number {
  let address = 0;
  let capacity = 0;
  return (bytes) => {
    if (bytes > capacity) {
      const wanted = Math.max(bytes, 2 * capacity);
      const region = memory.allocate(wanted) ?? memory.allocate(bytes);
      if (region === undefined) throw memory.limitError(bytes, 'the reads of a task');
      address = region;
      capacity = wanted;
    }
    return address;
  };
}
