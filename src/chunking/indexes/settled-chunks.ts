import { chunkCoordinates } from '../chunk-grid.js';
import type { IndexContext } from './lazy-index.js';

/**
 * The dimensions along which a filtered chunk at the edge is unsettled: it is cut off there, so
 * what is appended goes into the same chunk, which then is stored anew, elsewhere if it has become
 * larger. A chunk without filters stays where it is.
 */
export function unsettledDimensions({ grid, maxShape, records }: IndexContext): number[] {
  if (!records.filtered) return [];
  const { shape, chunkShape } = grid;
  return shape
    .map((_, d) => d)
    .filter((d) => {
      const max = maxShape[d] ?? null;
      return (max === null || max > shape[d]!) && shape[d]! % chunkShape[d]! !== 0;
    });
}

/** Whether a chunk lies at the edge along one of these dimensions. */
export function isAtEdge(
  { grid }: IndexContext,
  chunk: number,
  dimensions: readonly number[],
): boolean {
  if (dimensions.length === 0) return false;
  const coordinates = chunkCoordinates(grid, chunk);
  return dimensions.some((d) => coordinates[d] === grid.gridShape[d]! - 1);
}
