import type { ErrorPlace } from '../errors.js';
import { InvalidOptionError } from '../errors.js';

/** A regular selection, in elements, one number for each dimension: HDF5's hyperslab. */
export interface H5Box {
  readonly start: readonly number[];
  /** How many elements are selected along each dimension. */
  readonly count: readonly number[];
  /** From one selected element to the next; default 1. */
  readonly stride?: readonly number[];
}

/** @throws InvalidOptionError unless the box lies within `shape` (`null`: no elements at all) */
export function checkBox(shape: readonly number[] | null, box: H5Box, place: ErrorPlace): void {
  const { start, count, stride } = box;
  const fits =
    shape?.length === start.length &&
    shape.length === count.length &&
    (stride === undefined || stride.length === shape.length) &&
    shape.every((length, dimension) => {
      const [from, span, step] = [start[dimension]!, count[dimension]!, stride?.[dimension] ?? 1];
      return (
        Number.isInteger(from) &&
        Number.isInteger(span) &&
        Number.isInteger(step) &&
        from >= 0 &&
        span >= 0 &&
        step >= 1 &&
        (span === 0 ? from : from + (span - 1) * step + 1) <= length
      );
    });
  if (!fits) {
    const steps = stride === undefined ? '' : ` stride [${stride.join(', ')}]`;
    throw new InvalidOptionError(
      `Expected a slice of shape [${(shape ?? []).join(', ')}], got start [${start.join(', ')}] count [${count.join(', ')}]${steps}`,
      { place },
    );
  }
}

export function checkSlice(
  metadata: { readonly shape: readonly number[] | null },
  start: readonly number[],
  count: readonly number[],
  place: ErrorPlace,
): void {
  checkBox(metadata.shape, { start, count }, place);
}

export function product(numbers: readonly number[]): number {
  return numbers.reduce((result, number) => result * number, 1);
}
