import { UnsupportedLayoutError } from '../errors.js';

/** How a dataset of a shape is cut into chunks. Chunks are numbered row-major over `gridShape`. */
export interface ChunkGrid {
  /** Elements along each dimension. */
  readonly shape: readonly number[];
  /** Elements of a chunk along each dimension. */
  readonly chunkShape: readonly number[];
  /** Chunks along each dimension, partial ones at the edge included. */
  readonly gridShape: readonly number[];
  /** Chunk number = the sum of chunk coordinate × stride. */
  readonly strides: readonly number[];
  /** Chunks in all. */
  readonly count: number;
}

/** The part of a dataset that a chunk holds: elements `start[d]` to `stop[d]`, not included. */
export interface ElementBox {
  readonly start: readonly number[];
  readonly stop: readonly number[];
}

/**
 * @example
 * chunkGrid([100, 64, 64, 3], [1, 64, 64, 1]).gridShape; // [100, 1, 1, 3]
 */
export function chunkGrid(shape: readonly number[], chunkShape: readonly number[]): ChunkGrid {
  const gridShape = shape.map((length, d) => chunksAlong(length, chunkShape[d]!));
  const strides = rowMajorStrides(gridShape);
  const count = gridShape.length === 0 ? 1 : gridShape[0]! * strides[0]!;
  if (!(count <= Number.MAX_SAFE_INTEGER))
    throw new UnsupportedLayoutError('more than 2^53 chunks');
  return { shape, chunkShape, gridShape, strides, count };
}

export function chunksAlong(length: number, chunkLength: number): number {
  return length === 0 ? 0 : Math.ceil(length / chunkLength);
}

/** Elements to step over for a step of 1 in each dimension, the last one varying fastest. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * shape[d + 1]!;
  return strides;
}

/** The number of the chunk at these chunk coordinates. */
export function chunkNumber(grid: ChunkGrid, coordinates: readonly number[]): number {
  let number = 0;
  for (let d = 0; d < coordinates.length; d++) number += coordinates[d]! * grid.strides[d]!;
  return number;
}

/** The chunk coordinates of a chunk number. */
export function chunkCoordinates(grid: ChunkGrid, number: number): number[] {
  let rest = number;
  return grid.strides.map((stride) => {
    const coordinate = Math.floor(rest / stride);
    rest -= coordinate * stride;
    return coordinate;
  });
}

/** The number in grid `to` of a chunk of grid `from`; -1 where it isn't in that grid. */
export function renumber(number: number, from: ChunkGrid, to: ChunkGrid): number {
  let rest = number;
  let renumbered = 0;
  for (let d = 0; d < from.strides.length; d++) {
    const coordinate = Math.floor(rest / from.strides[d]!);
    if (coordinate >= to.gridShape[d]!) return -1;
    rest -= coordinate * from.strides[d]!;
    renumbered += coordinate * to.strides[d]!;
  }
  return renumbered;
}

/** The elements of the dataset that a chunk holds, without what lies beyond the dataset's edge. */
export function chunkBox(grid: ChunkGrid, number: number): ElementBox {
  const coordinates = chunkCoordinates(grid, number);
  const start = coordinates.map((coordinate, d) => coordinate * grid.chunkShape[d]!);
  const stop = start.map((at, d) => Math.min(at + grid.chunkShape[d]!, grid.shape[d]!));
  return { start, stop };
}

/** Whether a chunk reaches beyond the dataset's current edge. */
export function isPartialChunk(grid: ChunkGrid, number: number): boolean {
  let rest = number;
  for (let d = 0; d < grid.strides.length; d++) {
    const coordinate = Math.floor(rest / grid.strides[d]!);
    rest -= coordinate * grid.strides[d]!;
    if ((coordinate + 1) * grid.chunkShape[d]! > grid.shape[d]!) return true;
  }
  return false;
}

/**
 * The chunks that hold rows `start` to `stop` (not included) of the first dimension: numbers
 * `first` to `end`, not included.
 */
export function chunksOfRows(
  grid: ChunkGrid,
  start: number,
  stop: number,
): { first: number; end: number } {
  if (stop <= start || grid.count === 0) return { first: 0, end: 0 };
  if (grid.shape.length === 0) return { first: 0, end: 1 };
  const rowsOfChunk = grid.chunkShape[0]!;
  const stride = grid.strides[0]!;
  return {
    first: Math.floor(start / rowsOfChunk) * stride,
    end: (Math.floor((stop - 1) / rowsOfChunk) + 1) * stride,
  };
}
