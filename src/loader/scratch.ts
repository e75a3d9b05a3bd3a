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
      // Doubling where there is room, so that growing tasks don't leave many regions behind.
      for (const size of [Math.max(bytes, 2 * capacity), bytes]) {
        const region = memory.allocate(size);
        if (region === undefined) continue;
        address = region;
        capacity = size;
        return address;
      }
      throw memory.limitError(bytes, 'the reads of a task');
    }
    return address;
  };
}
