import fc from 'fast-check';
import { expect, it } from 'vitest';
import { extensibleArrayGeometry, superBlockOf } from '#src/chunking/format/extensible-array.js';

const defaults = {
  maxBits: 32,
  indexElements: 4,
  minDataBlockElements: 16,
  minDataBlockPointers: 4,
  pageBits: 10,
};

it("has libhdf5's geometry with its default parameters", () => {
  const { superBlocks, directDataBlocks, directSuperBlocks } = extensibleArrayGeometry(defaults);
  expect(superBlocks).toHaveLength(29);
  expect([directSuperBlocks, directDataBlocks]).toEqual([4, 6]);
  const sizes = superBlocks.slice(0, 7).map(({ dataBlocks, elements }) => [dataBlocks, elements]);
  expect(sizes).toEqual([
    [1, 16],
    [1, 32],
    [2, 32],
    [2, 64],
    [4, 64],
    [4, 128],
    [8, 128],
  ]);
  const firstPaged = superBlocks.findIndex(({ leaves }) => leaves > 1);
  expect(superBlocks[firstPaged]).toMatchObject({
    firstElement: 131056,
    dataBlocks: 64,
    elements: 2048,
  });
});

const parameters = fc.record({
  maxBits: fc.integer({ min: 20, max: 64 }),
  indexElements: fc.nat(8),
  minDataBlockElements: fc.nat(6).map((n) => 2 ** n),
  minDataBlockPointers: fc.integer({ min: 1, max: 4 }).map((n) => 2 ** n),
  pageBits: fc.integer({ min: 6, max: 12 }),
});

it('covers every element once, in order, and finds the super block of each', () => {
  fc.assert(
    fc.property(parameters, fc.nat(2 ** 20 - 1), (array, element) => {
      const { superBlocks } = extensibleArrayGeometry(array);
      const u = superBlockOf(element, array.minDataBlockElements);
      const { firstElement, dataBlocks, elements } = superBlocks[u]!;
      expect(element).toBeGreaterThanOrEqual(firstElement);
      expect(element).toBeLessThan(firstElement + dataBlocks * elements);
      const next = superBlocks[u + 1];
      if (next !== undefined) {
        expect(next.firstElement).toBe(firstElement + dataBlocks * elements);
        expect(next.firstDataBlock).toBe(superBlocks[u]!.firstDataBlock + dataBlocks);
        expect(next.firstLeaf).toBe(
          superBlocks[u]!.firstLeaf + dataBlocks * superBlocks[u]!.leaves,
        );
      }
    }),
  );
});

it('finds super blocks beyond 32 bits', () => {
  const { superBlocks } = extensibleArrayGeometry({ ...defaults, maxBits: 50 });
  for (const [u, { firstElement }] of superBlocks.entries()) {
    expect(superBlockOf(firstElement, 16)).toBe(u);
    if (u > 0) expect(superBlockOf(firstElement - 1, 16)).toBe(u - 1);
  }
});
