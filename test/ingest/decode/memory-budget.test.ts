import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createMemoryBudget } from '#src/ingest/decode/memory-budget.js';

describe('a memory budget', () => {
  it('never gives out more than there is, and serves all in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(150), { maxLength: 30 }), async (sizes) => {
        const budget = createMemoryBudget(100);
        const started: number[] = [];
        let inUse = 0;
        const work = sizes.map((size, i) =>
          budget.use(size, async () => {
            started.push(i);
            inUse += Math.min(size, 100);
            expect(inUse).toBeLessThanOrEqual(budget.used);
            expect(budget.used).toBeLessThanOrEqual(100);
            for (let turn = 0; turn < size % 7; turn++) await Promise.resolve();
            inUse -= Math.min(size, 100);
            if (size % 3 === 0) throw new Error('failed');
            return i;
          }),
        );
        const outcomes = await Promise.allSettled(work);
        expect(started).toEqual(sizes.map((_, i) => i));
        expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
          sizes.map((size) => size % 3 !== 0),
        );
        expect(budget.used).toBe(0);
      }),
    );
  });

  it('lets work that needs all of it run alone', async () => {
    const budget = createMemoryBudget(100);
    const log: string[] = [];
    const step = async (name: string): Promise<void> => {
      log.push(`${name} starts`);
      await new Promise((later) => setTimeout(later, 1));
      log.push(`${name} ends`);
    };
    await Promise.all([
      budget.use(10, () => step('small')),
      budget.use(1000, () => step('large')),
      budget.use(10, () => step('next')),
    ]);
    expect(log).toEqual(
      ['small', 'large', 'next'].flatMap((name) => [`${name} starts`, `${name} ends`]),
    );
  });
});
