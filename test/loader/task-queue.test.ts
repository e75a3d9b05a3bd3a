import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCountdowns } from '#src/loader/countdowns.js';
import { storedBytes, storedTask, storeTask } from '#src/loader/task-memory.js';
import { createPublisher, createTaker, QUEUE_CAPACITY } from '#src/loader/task-queue.js';

const QUEUE = 64;

describe('the task queue', () => {
  it('gives every entry once, in order, unless it was taken back', () => {
    const steps = fc.array(fc.constantFrom('publish', 'cancel', 'take'), { maxLength: 1000 });
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat(300)), (commands, picks) => {
        const memory = sharedMemory(1);
        const publisher = createPublisher(memory, QUEUE);
        const take = createTaker(memory, QUEUE);
        const waiting: { entry: number; ticket: number }[] = [];
        let published = 0;
        for (const command of commands) {
          if (command === 'publish') {
            const entry = 0xffff_ff00 + published++;
            const ticket = publisher.publish(entry);
            // Undefined where an entry waits in the place that it would have.
            if (ticket !== undefined) waiting.push({ entry, ticket });
          } else if (waiting.length > 0 && command === 'take') {
            expect(take()).toBe(waiting.shift()!.entry);
          } else if (waiting.length > 0) {
            const [picked] = waiting.splice(picks.next().value % waiting.length, 1);
            expect(publisher.cancel(picked!.ticket)).toBe(true);
            expect(publisher.cancel(picked!.ticket)).toBe(false);
          }
        }
      }),
    );
  });

  it('is full at its capacity, and never again confuses an entry with an earlier one', () => {
    const memory = sharedMemory(1);
    const publisher = createPublisher(memory, QUEUE);
    const take = createTaker(memory, QUEUE);
    const tickets = Array.from({ length: QUEUE_CAPACITY }, (_, i) => publisher.publish(i));
    expect(publisher.publish(QUEUE_CAPACITY)).toBeUndefined();
    expect(take()).toBe(0);
    // In the place of the first.
    expect(publisher.publish(QUEUE_CAPACITY)).toBe(QUEUE_CAPACITY);
    expect(publisher.cancel(tickets[0]!)).toBe(false);
    for (let entry = 1; entry <= QUEUE_CAPACITY; entry++) expect(take()).toBe(entry);
  });

  it('hands every entry to one of several threads that wait', async () => {
    const memory = sharedMemory(1);
    const publisher = createPublisher(memory, QUEUE);
    const url = new URL('../../dist/loader/task-queue.js', import.meta.url).href;
    const program = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.url).then(({ createTaker }) => {
        const take = createTaker(workerData.memory, ${QUEUE});
        for (;;) parentPort.postMessage(take());
      });`;
    const threads = Array.from(
      { length: 3 },
      () => new Worker(program, { eval: true, workerData: { memory, url } }),
    );
    const taken: number[] = [];
    const count = 5000;
    await new Promise<void>((resolve) => {
      let next = 0;
      const publish = (): void => {
        while (next < count && publisher.publish(next) !== undefined) next++;
      };
      for (const thread of threads) {
        thread.on('message', (entry: number) => {
          if (taken.push(entry) === count) resolve();
          publish();
        });
      }
      publish();
    });
    // Threads that sleep end too.
    await Promise.all(threads.map((thread) => thread.terminate()));
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });
});

it('a countdown tells whose count was the last', () => {
  const counts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(counts, (from) => {
      const countdowns = createCountdowns(sharedMemory(1), QUEUE, from.length);
      const taken = from.map((count) => countdowns.take(count)!);
      expect(new Set(taken).size).toBe(from.length);
      expect(countdowns.take(1)).toBeUndefined();
      taken.forEach((counter, i) => {
        for (let left = from[i]!; left > 0; left--)
          expect(countdowns.down(counter)).toBe(left === 1);
        countdowns.give(counter);
      });
      expect(countdowns.take(1)).toBe(taken.at(-1));
    }),
  );
});

it('a task comes out of memory as it went in', () => {
  const numbers = fc
    .array(fc.double({ noNaN: true }), { maxLength: 20 })
    .map((values) => Float64Array.from(values));
  const tasks = fc.record({
    ...{ groups: numbers, reads: numbers, blocks: numbers, images: numbers, checks: numbers },
    ...{ staging: fc.nat(), scratchBytes: fc.nat() },
  });
  fc.assert(
    fc.property(tasks, fc.nat(), fc.array(fc.nat(), { maxLength: 4 }), (task, id, scratch) => {
      const memory = sharedMemory(1);
      const address = 4096;
      storeTask(memory, address, { id, counter: 7 }, task, scratch);
      const end = address + storedBytes(task, scratch.length);
      expect(new Uint8Array(memory.buffer, end).every((byte) => byte === 0)).toBe(true);
      const stored = storedTask(memory, address, scratch.length);
      expect(stored.task).toEqual(task);
      expect([stored.id, stored.counter, ...stored.scratch]).toEqual([id, 7, ...scratch]);
    }),
  );
});

function sharedMemory(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
