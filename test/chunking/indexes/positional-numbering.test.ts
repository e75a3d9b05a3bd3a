import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunkCoordinates, chunkGrid } from '#src/chunking/chunk-grid.js';
import { positionalNumbering } from '#src/chunking/indexes/positional-numbering.js';
import { gridArbitrary } from '../grids.js';

const numbered = fc.record({
  grid: gridArbitrary,
  growth: fc.array(fc.nat(5), { minLength: 4, maxLength: 4 }),
  unlimited: fc.option(fc.nat(3)),
});

function maxShapeOf(
  shape: readonly number[],
  growth: readonly number[],
  unlimited: number | null,
): (number | null)[] {
  return shape.map((n, d) => (unlimited === d ? null : n + growth[d]!));
}

it('goes there and back', () => {
  fc.assert(
    fc.property(numbered, ({ grid: { shape, chunkShape }, growth, unlimited }) => {
      const grid = chunkGrid(shape, chunkShape);
      const numbering = positionalNumbering(grid, maxShapeOf(shape, growth, unlimited));
      const positions = new Set<number>();
      for (let chunk = 0; chunk < grid.count; chunk++) {
        const position = numbering.position(chunk);
        expect(numbering.chunk(position)).toBe(chunk);
        expect(position).toBeLessThan(numbering.end);
        positions.add(position);
      }
      for (let position = 0; position < numbering.end + 10; position++) {
        expect(numbering.chunk(position) >= 0).toBe(positions.has(position));
      }
    }),
  );
});

it('never moves a chunk when the dataset grows', () => {
  fc.assert(
    fc.property(numbered, ({ grid: { shape, chunkShape }, growth, unlimited }) => {
      const maxShape = maxShapeOf(shape, growth, unlimited);
      const small = chunkGrid(shape, chunkShape);
      const large = chunkGrid(
        maxShape.map((max, d) => max ?? shape[d]! + growth[d]!),
        chunkShape,
      );
      const before = positionalNumbering(small, maxShape);
      const after = positionalNumbering(large, maxShape);
      for (let chunk = 0; chunk < small.count; chunk++) {
        const coordinates = chunkCoordinates(small, chunk);
        const later = coordinates.reduce((sum, at, d) => sum + at * large.strides[d]!, 0);
        expect(after.position(later)).toBe(before.position(chunk));
      }
    }),
  );
});

it('puts the unlimited dimension first', () => {
  const grid = chunkGrid([12, 40, 10], [4, 1, 5]);
  const numbering = positionalNumbering(grid, [12, null, 11]);
  // Chunk (i, j, k) of a grid of 3 × 40 × 2, 3 chunks along the last dimension at most.
  expect(numbering.position((1 * 40 + 7) * 2 + 1)).toBe((7 * 3 + 1) * 3 + 1);
  expect(numbering.capacity).toBeNull();
});
