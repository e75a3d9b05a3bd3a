import fc from 'fast-check';

/** Small datasets and chunks of the same rank, 1 to 4. */
export const gridArbitrary: fc.Arbitrary<{ shape: number[]; chunkShape: number[] }> = fc
  .integer({ min: 1, max: 4 })
  .chain((rank) =>
    fc.record({
      shape: fc.array(fc.nat(6), { minLength: rank, maxLength: rank }),
      chunkShape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: rank, maxLength: rank }),
    }),
  );

/** The coordinates of all elements of a shape, row-major. */
export function elementsOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (prefixes, n) =>
      prefixes.flatMap((prefix) => Array.from({ length: n }, (_, i) => [...prefix, i])),
    [[]],
  );
}
