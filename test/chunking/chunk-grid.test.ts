import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  chunkBox,
  chunkCoordinates,
  chunkGrid,
  chunkNumber,
  chunksOfRows,
  isPartialChunk,
  renumber,
} from '#src/chunking/chunk-grid.js';
import { UnsupportedLayoutError } from '#src/errors.js';
import { elementsOf, gridArbitrary } from './grids.js';

it('numbers chunks row-major, without gaps', () => {
  fc.assert(
    fc.property(gridArbitrary, ({ shape, chunkShape }) => {
      const grid = chunkGrid(shape, chunkShape);
      for (let number = 0; number < grid.count; number++) {
        const coordinates = chunkCoordinates(grid, number);
        expect(coordinates.every((at, d) => at >= 0 && at < grid.gridShape[d]!)).toBe(true);
        expect(chunkNumber(grid, coordinates)).toBe(number);
      }
    }),
  );
});

it('cuts the dataset into boxes that hold each element once', () => {
  fc.assert(
    fc.property(gridArbitrary, ({ shape, chunkShape }) => {
      const grid = chunkGrid(shape, chunkShape);
      const seen = new Set<string>();
      let elements = 0;
      for (let number = 0; number < grid.count; number++) {
        const { start, stop } = chunkBox(grid, number);
        const extent = start.map((at, d) => stop[d]! - at);
        expect(isPartialChunk(grid, number)).toBe(extent.some((n, d) => n < chunkShape[d]!));
        for (const element of elementsOf(extent)) {
          elements++;
          seen.add(element.map((at, d) => at + start[d]!).join());
        }
      }
      const total = shape.reduce((product, n) => product * n, 1);
      expect([seen.size, elements]).toEqual([total, total]);
    }),
  );
});

it('finds the chunks of rows', () => {
  fc.assert(
    fc.property(gridArbitrary, fc.nat(), fc.nat(), ({ shape, chunkShape }, a, b) => {
      const grid = chunkGrid(shape, chunkShape);
      const rows = shape[0]!;
      const start = a % (rows + 1);
      const stop = start + (b % (rows - start + 1));
      const { first, end } = chunksOfRows(grid, start, stop);
      for (let number = 0; number < grid.count; number++) {
        const box = chunkBox(grid, number);
        const holdsSome = start < stop && box.start[0]! < stop && box.stop[0]! > start;
        expect(number >= first && number < end).toBe(holdsSome);
      }
    }),
  );
});

it('takes a scalar for one chunk', () => {
  const grid = chunkGrid([], []);
  expect(grid.count).toBe(1);
  expect(chunkBox(grid, 0)).toEqual({ start: [], stop: [] });
  expect(isPartialChunk(grid, 0)).toBe(false);
});

it('refuses more chunks than numbers can count', () => {
  expect(() => chunkGrid([2 ** 40, 2 ** 40], [1, 1])).toThrow(UnsupportedLayoutError);
});

it('numbers the same chunk in a grid of another size, or has none for it', () => {
  fc.assert(
    fc.property(gridArbitrary, fc.array(fc.nat(6), { minLength: 4 }), (grid, lengths) => {
      const from = chunkGrid(grid.shape, grid.chunkShape);
      const to = chunkGrid(lengths.slice(0, grid.shape.length), grid.chunkShape);
      for (let number = 0; number < from.count; number++) {
        const coordinates = chunkCoordinates(from, number);
        const isThere = coordinates.every((at, d) => at < to.gridShape[d]!);
        expect(renumber(number, from, to)).toBe(isThere ? chunkNumber(to, coordinates) : -1);
      }
    }),
  );
});
