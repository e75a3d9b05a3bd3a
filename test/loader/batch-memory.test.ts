import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatchMemory } from '#src/loader/batch-memory.js';

const LIMIT = 1024 * 1024;

describe('createBatchMemory', () => {
  it('frees a block that is in use when it no longer is', () => {
    const memory = createBatchMemory(LIMIT);
    const address = memory.allocate(LIMIT / 2)!;
    let inUse = true;
    memory.freeUnused(address, () => inUse);
    expect(memory.used).toBe(LIMIT / 2);
    expect(memory.allocate(LIMIT - 64)).toBeUndefined();
    inUse = false;
    expect(memory.allocate(LIMIT - 64)).toBe(address);
    memory.freeUnused(address, () => false);
    expect(memory.used).toBe(0);
  });

  it('never gives out the same byte twice, aligned to 64 bytes and within the limit', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ allocate: fc.integer({ min: 0, max: 300_000 }) }),
        fc.record({ free: fc.nat(20) }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const memory = createBatchMemory(LIMIT);
        const blocks: { address: number; bytes: number }[] = [];
        for (const step of list) {
          if ('free' in step) {
            const [block] = blocks.splice(step.free % Math.max(1, blocks.length), 1);
            if (block !== undefined) memory.free(block.address);
            continue;
          }
          const address = memory.allocate(step.allocate);
          if (address === undefined) continue;
          const end = address + step.allocate;
          expect(address % 64).toBe(0);
          expect(end).toBeLessThanOrEqual(memory.wasm.buffer.byteLength);
          expect(memory.used).toBeLessThanOrEqual(LIMIT);
          for (const other of blocks) {
            expect(end <= other.address || address >= other.address + other.bytes).toBe(true);
          }
          blocks.push({ address, bytes: step.allocate });
        }
        for (const block of blocks) memory.free(block.address);
        expect(memory.used).toBe(0);
        // Nothing is lost to fragments: all of it can be had at once again.
        expect(memory.allocate(LIMIT - 64)).toBeDefined();
      }),
    );
  });

  it('says no at the limit and yes after something was freed', () => {
    const memory = createBatchMemory(LIMIT);
    const first = memory.allocate(LIMIT - 64);
    expect(memory.allocate(64)).toBeUndefined();
    memory.free(first!);
    expect(memory.allocate(64)).toBeDefined();
  });

  it('refuses to free what it did not give', () => {
    expect(() => {
      createBatchMemory(LIMIT).free(128);
    }).toThrow(RangeError);
  });

  it.each([0, -1, NaN, 2 ** 32])('refuses a limit of %s bytes', (limit) => {
    expect(() => createBatchMemory(limit)).toThrow(/Expected `memoryLimit`/);
  });
});
