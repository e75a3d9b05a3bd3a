/** Elements of an array of this shape; of a single value (`[]`) 1. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((total, length) => total * length, 1);
}

/** Where the element of a row-major number lies, one index an axis. */
export function coordinatesOf(element: number, shape: readonly number[]): number[] {
  const result = shape.map(() => 0);
  let rest = element;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    result[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return result;
}
