/** Elements of an array, reached by steps. */
export interface StridedArray<Data> {
  readonly data: Data;
  /** Entry of the first element. */
  readonly offset: number;
  /** Entries from one element to the next along each axis; 0 repeats the same one. */
  readonly strides: readonly number[];
}

/** Copies `extent` elements from one array to another, each with steps of its own. */
export function copyStrided(
  extent: readonly number[],
  from: StridedArray<ArrayLike<unknown>>,
  to: StridedArray<ArrayLike<unknown>>,
): void {
  const source = from.data;
  const target = to.data as unknown[];
  const last = extent.length - 1;
  if (last === -1) {
    target[to.offset] = source[from.offset];
    return;
  }
  const fromStep = from.strides[last]!;
  const toStep = to.strides[last]!;
  const copyAxis = (axis: number, fromAt: number, toAt: number): void => {
    const length = extent[axis]!;
    if (axis < last) {
      for (let i = 0; i < length; i++) {
        copyAxis(axis + 1, fromAt + i * from.strides[axis]!, toAt + i * to.strides[axis]!);
      }
      return;
    }
    for (let i = 0; i < length; i++) target[toAt + i * toStep] = source[fromAt + i * fromStep];
  };
  copyAxis(0, from.offset, to.offset);
}
