import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBatchMemory } from '#src/loader/batch-memory.js';
import { createScratch } from '#src/loader/scratch.js';

it('scratch holds what was asked for and overlaps no other memory, also close to the limit', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 64, max: 400_000 }), (wanted, taken) => {
      const memory = createBatchMemory(2 ** 19);
      const first = memory.allocate(64)!;
      const scratch = createScratch(memory);
      const slots = [{ start: first, end: first + 64 }];
      const slot = memory.allocate(taken);
      if (slot !== undefined) slots.push({ start: slot, end: slot + taken });
      for (const bytes of wanted) {
        let start: number;
        try {
          start = scratch(bytes);
        } catch (error) {
          expect(error).toMatchObject({ tag: 'memory-limit' });
          continue;
        }
        const end = start + bytes;
        expect(end).toBeLessThanOrEqual(memory.wasm.buffer.byteLength);
        for (const other of slots) expect(end <= other.start || start >= other.end).toBe(true);
        // A batch that comes later must not lie in the scratch either.
        const later = memory.allocate(1000);
        if (later !== undefined) slots.push({ start: later, end: later + 1000 });
      }
    }),
  );
});
