import { setTimeout as sleep } from 'node:timers/promises';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { mapInOrder } from '#src/ingest/map-in-order.js';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(i);
}

it('keeps the order, and never has more under way than allowed', async () => {
  const delays = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 });
  const limit = fc.integer({ min: 1, max: 6 });
  await fc.assert(
    fc.asyncProperty(delays, limit, limit, async (waits, concurrency, ahead) => {
      let running = 0;
      let untaken = 0;
      const work = async (item: number): Promise<number> => {
        running++;
        untaken++;
        expect(running).toBeLessThanOrEqual(concurrency);
        expect(untaken).toBeLessThanOrEqual(ahead);
        await sleep(waits[item]);
        running--;
        return item;
      };
      const taken: number[] = [];
      for await (const item of mapInOrder(numbers(waits.length), work, { concurrency, ahead })) {
        untaken--;
        taken.push(item);
      }
      expect(taken).toEqual(waits.map((_, i) => i));
      expect(running).toBe(0);
    }),
    { numRuns: 30 },
  );
});

it('leaves nothing running when the consumer stops, the work fails or the signal fires', async () => {
  const options = { concurrency: 3, ahead: 6 };
  let running = 0;
  const work = async (item: number): Promise<number> => {
    running++;
    await sleep(2);
    running--;
    if (item === 7) throw new Error('seven');
    return item;
  };
  for await (const item of mapInOrder(numbers(100), work, options)) if (item === 3) break;
  expect(running).toBe(0);

  const seen: number[] = [];
  const failing = async (): Promise<void> => {
    for await (const item of mapInOrder(numbers(100), work, options)) seen.push(item);
  };
  await expect(failing()).rejects.toThrow('seven');
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(running).toBe(0);

  const abort = new AbortController();
  const aborted = async (): Promise<void> => {
    const mapped = mapInOrder(numbers(100), work, { ...options, signal: abort.signal });
    for await (const item of mapped) if (item === 2) abort.abort();
  };
  await expect(aborted()).rejects.toThrow(/abort/);
  expect(running).toBe(0);
});
