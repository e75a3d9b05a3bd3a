import { chunksAlong, rowMajorStrides, type ChunkGrid } from '../chunk-grid.js';
import { UnsupportedLayoutError } from '../../errors.js';

/**
 * Translates between chunk numbers (row-major over the current grid) and positions in the arrays
 * of the fixed array, extensible array and implicit indexes (row-major over the largest grid, so
 * that a position never changes; an unlimited dimension comes first, whichever it is).
 *
 * Source: libhdf5, `H5D__earray_idx_get_addr` ("swizzled coordinates") and its siblings. Beware:
 * `H5Dchunk_iter` and `H5Dget_chunk_info` don't undo the rotation, reading does.
 */
export interface PositionalNumbering {
  position(chunk: number): number;
  /** -1 for a position outside of the current shape. */
  chunk(position: number): number;
  /** Positions of the largest grid; `null` with an unlimited dimension. */
  readonly capacity: number | null;
  /** One more than the last position of the current shape. */
  readonly end: number;
}

export function positionalNumbering(
  grid: ChunkGrid,
  maxShape: readonly (number | null)[],
): PositionalNumbering {
  const { gridShape, chunkShape, strides, count } = grid;
  const rank = gridShape.length;
  const unlimited = maxShape.indexOf(null);
  const order = gridShape.map((_, d) => d).filter((d) => d !== unlimited);
  if (unlimited >= 0) order.unshift(unlimited);
  const maxGrid = maxShape.map((max, d) => chunksAlong(max ?? grid.shape[d]!, chunkShape[d]!));
  const orderedStrides = rowMajorStrides(order.map((d) => maxGrid[d]!));
  const maxStrides = new Array<number>(rank);
  order.forEach((d, at) => (maxStrides[d] = orderedStrides[at]!));
  const capacity = maxGrid.reduce((product, chunks) => product * chunks, 1);
  if (!(capacity <= Number.MAX_SAFE_INTEGER)) {
    throw new UnsupportedLayoutError('more than 2^53 chunks');
  }
  const same = strides.every((stride, d) => stride === maxStrides[d]);

  const position = (chunk: number): number => {
    let rest = chunk;
    let at = 0;
    for (let d = 0; d < rank; d++) {
      const coordinate = Math.floor(rest / strides[d]!);
      rest -= coordinate * strides[d]!;
      at += coordinate * maxStrides[d]!;
    }
    return at;
  };
  const chunkAt = (at: number): number => {
    let rest = at;
    let chunk = 0;
    for (const d of order) {
      const coordinate = Math.floor(rest / maxStrides[d]!);
      if (coordinate >= gridShape[d]!) return -1;
      rest -= coordinate * maxStrides[d]!;
      chunk += coordinate * strides[d]!;
    }
    return chunk;
  };
  return {
    position: same ? (chunk) => chunk : position,
    chunk: same ? (at) => (at < count ? at : -1) : chunkAt,
    capacity: unlimited < 0 ? capacity : null,
    end: count === 0 ? 0 : position(count - 1) + 1,
  };
}
