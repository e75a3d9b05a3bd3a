import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheRows, type StoredRows } from '#src/loader/row-cache.js';

/** Row `i` holds `i * width`, `i * width + 1`, …; `reads` has each reading. */
function numbered(rows: number, width: number, blockRows: number): StoredRows & Reads {
  const reads: [number, number][] = [];
  return {
    ...{ rows, width, blockRows, reads },
    read(start, stop) {
      reads.push([start, stop]);
      const values = Int32Array.from(
        { length: (stop - start) * width },
        (_, i) => start * width + i,
      );
      return Promise.resolve(values);
    },
  };
}

interface Reads {
  readonly reads: [number, number][];
}

const valuesOf = (rows: readonly number[], width: number): number[] =>
  rows.flatMap((row) => Array.from({ length: width }, (_, k) => row * width + k));

describe('rows in a cache', () => {
  it('are those that are stored, whatever was asked for before, within its limit', async () => {
    const file = fc.record({
      rows: fc.integer({ min: 1, max: 60 }),
      width: fc.integer({ min: 1, max: 3 }),
      blockRows: fc.integer({ min: 1, max: 20 }),
      limit: fc.integer({ min: 0, max: 4000 }),
      asked: fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), { maxLength: 12 }),
      together: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(file, async ({ rows, width, blockRows, limit, asked, together }) => {
        const gather = cacheRows(numbered(rows, width, blockRows), limit);
        const lists = asked.map((list) => list.map((row) => row % rows));
        const got: unknown[] = [];
        if (together) got.push(...(await Promise.all(lists.map(async (list) => gather(list)))));
        else for (const list of lists) got.push(await gather(list));
        expect(got).toEqual(lists.map((list) => Int32Array.from(valuesOf(list, width))));
      }),
    );
  });

  it('are read once, in file order, and then come at once', async () => {
    const stored = numbered(100, 1, 8);
    const gather = cacheRows(stored, 100_000);
    const first = gather([99, 3, 50, 2]);
    const second = gather([3, 51, 20]);
    expect(await first).toEqual(Int32Array.of(99, 3, 50, 2));
    expect(await second).toEqual(Int32Array.of(3, 51, 20));
    // The last block is short. What the first has read, the second doesn't read again.
    expect(stored.reads).toEqual([
      [0, 8],
      [48, 56],
      [96, 100],
      [16, 24],
    ]);
    expect(gather([20, 99, 0])).toEqual(Int32Array.of(20, 99, 0));
    expect(stored.reads).toHaveLength(4);
  });

  it('beyond the limit make the oldest go', async () => {
    const stored = numbered(100, 1, 8);
    // Two blocks of 32 bytes and what each takes beside them.
    const gather = cacheRows(stored, 600);
    await gather([0]);
    await gather([8]);
    expect(gather([0, 8])).toBeInstanceOf(Int32Array);
    await gather([16]);
    expect(gather([8, 16])).toBeInstanceOf(Int32Array);
    expect(gather([0])).toBeInstanceOf(Promise);
  });

  it('that cannot be read fail those who ask for them, and nobody else', async () => {
    const stored = numbered(100, 1, 8);
    let broken = true;
    const gather = cacheRows(
      {
        ...stored,
        read: (start, stop) =>
          broken && start === 8 ? Promise.reject(new Error('broken')) : stored.read(start, stop),
      },
      100_000,
    );
    const failing = gather([8]);
    const sound = gather([20]);
    await expect(failing).rejects.toThrow('broken');
    expect(await sound).toEqual(Int32Array.of(20));
    broken = false;
    expect(await gather([8])).toEqual(Int32Array.of(8));
  });
});
