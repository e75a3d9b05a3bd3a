import { rowMajorStrides } from './chunk-grid.js';

/** A place in a row-major array. */
export interface BoxCorner {
  readonly bytes: Uint8Array;
  /** Elements of the whole array along each dimension. */
  readonly shape: readonly number[];
  /** Element at which the box starts. */
  readonly start: readonly number[];
}

/** Copies a box of `extent` elements from one row-major array into another. */
export function copyBox(
  extent: readonly number[],
  elementSize: number,
  from: BoxCorner,
  to: BoxCorner,
): void {
  if (extent.includes(0)) return;
  const fromStrides = rowMajorStrides(from.shape);
  const toStrides = rowMajorStrides(to.shape);
  // Dimensions that both sides have whole are copied as one run with the dimension before them.
  let runDimension = extent.length - 1;
  while (
    runDimension > 0 &&
    extent[runDimension] === from.shape[runDimension] &&
    extent[runDimension] === to.shape[runDimension]
  ) {
    runDimension--;
  }
  const run = extent
    .slice(Math.max(0, runDimension))
    .reduce((n, length) => n * length, elementSize);

  const copyFrom = (dimension: number, fromElement: number, toElement: number): void => {
    if (dimension >= runDimension) {
      const at = fromElement * elementSize;
      to.bytes.set(from.bytes.subarray(at, at + run), toElement * elementSize);
      return;
    }
    for (let i = 0; i < extent[dimension]!; i++) {
      copyFrom(
        dimension + 1,
        fromElement + i * fromStrides[dimension]!,
        toElement + i * toStrides[dimension]!,
      );
    }
  };
  copyFrom(0, elementAt(from.start, fromStrides), elementAt(to.start, toStrides));
}

function elementAt(coordinates: readonly number[], strides: readonly number[]): number {
  return coordinates.reduce((sum, at, d) => sum + at * strides[d]!, 0);
}
