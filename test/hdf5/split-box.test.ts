import { splitBox } from '#src/hdf5/split-box.js';
import type { BoxPart } from '#src/hdf5/split-box.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

interface Axis {
  readonly start: number;
  readonly count: number;
  readonly stride: number;
  readonly chunk: number;
}

const axes: fc.Arbitrary<Axis[]> = fc.array(
  fc.record({
    start: fc.nat({ max: 20 }),
    count: fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 1, max: 7 }) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    stride: fc.integer({ min: 1, max: 3 }),
    chunk: fc.integer({ min: 1, max: 6 }),
  }),
  { maxLength: 4 },
);
const limits = fc.integer({ min: 1, max: 60 });

describe('splitBox', () => {
  test('the parts are the box, in order, each element once', () => {
    fc.assert(
      fc.property(axes, limits, fc.boolean(), (box, limit, chunked) => {
        const stride = box.map((axis) => axis.stride);
        const parts = split(box, limit, chunked);
        const found = parts.flatMap(({ start, count }) => elementsOf(start, count, stride));
        expect(found).toEqual(elementsOf(startOf(box), countOf(box), stride));
        let before = 0;
        for (const { first, count } of parts) {
          expect(first).toBe(before);
          before += size(count);
        }
      }),
    );
  });

  test('no part is empty, or larger than the limit', () => {
    fc.assert(
      fc.property(axes, limits, fc.boolean(), (box, limit, chunked) => {
        for (const { count } of split(box, limit, chunked)) {
          expect(size(count)).toBeGreaterThan(0);
          expect(size(count)).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  test('cuts lie between chunks wherever a part has room for one', () => {
    fc.assert(
      fc.property(axes, limits, (box, limit) => {
        for (const { start, count } of split(box, limit, true)) {
          box.forEach(({ start: from, count: all, stride, chunk }, axis) => {
            const end = start[axis]! + count[axis]!;
            if (stride !== 1 || end === from + all) return;
            const edge = end - (end % chunk);
            // Where the last edge within the part is its end, or there is none at all.
            expect(edge === end || edge <= start[axis]!).toBe(true);
          });
        }
      }),
    );
  });

  test('without chunks the parts are as few as rows allow', () => {
    const box = [
      { start: 0, count: 10, stride: 1, chunk: 1 },
      { start: 5, count: 4, stride: 1, chunk: 1 },
    ];
    const counts = (limit: number): unknown[] => split(box, limit, false).map(({ count }) => count);
    expect(counts(40)).toEqual([[10, 4]]);
    expect(counts(16)).toEqual([
      [4, 4],
      [4, 4],
      [2, 4],
    ]);
    expect(counts(3).slice(0, 2)).toEqual([
      [1, 3],
      [1, 1],
    ]);
  });
});

function split(box: readonly Axis[], limit: number, chunked: boolean): BoxPart[] {
  const chunkShape = chunked ? box.map(({ chunk }) => chunk) : null;
  const stride = box.map((axis) => axis.stride);
  return [...splitBox({ start: startOf(box), count: countOf(box) }, stride, limit, chunkShape)];
}

function startOf(box: readonly Axis[]): number[] {
  return box.map(({ start }) => start);
}

function countOf(box: readonly Axis[]): number[] {
  return box.map(({ count }) => count);
}

/** Their places, row-major. */
function elementsOf(
  start: readonly number[],
  count: readonly number[],
  stride: readonly number[],
): string[] {
  return count.reduce(
    (places: string[], length, axis) =>
      places.flatMap((place) =>
        Array.from({ length }, (_, at) => `${place} ${start[axis]! + at * stride[axis]!}`),
      ),
    [''],
  );
}

function size(count: readonly number[]): number {
  return count.reduce((total, length) => total * length, 1);
}
