import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import type { DType } from './dtype.js';
import type { Reference } from './reference.js';
import { dtypeOfTypedArray, isTypedArray } from './values.js';
import type { Scalar } from './values.js';

/** A scalar or reference, or arrays of arrays of them; the innermost may be typed arrays. */
export type Nested = Scalar | Reference | TypedArray | readonly Nested[];

/** Nested arrays laid flat. */
export interface Flat {
  readonly values: readonly (Scalar | Reference)[];
  readonly shape: readonly number[];
  /** The dtype that all innermost arrays have, where they are typed. */
  readonly rowType: DType | undefined;
}

/**
 * Lays nested arrays flat, row-major.
 *
 * @throws InvalidOptionError naming the first place where the nesting isn't a box
 */
export function flattenNested(input: Nested): Flat {
  const shape = shapeOf(input);
  const values: (Scalar | Reference)[] = [];
  const rowTypes = new Map<string, DType>();
  const visit = (part: Nested, place: readonly number[]): void => {
    const expected = shape[place.length];
    const length = isList(part) ? part.length : undefined;
    if (length !== expected) throw ragged(place, expected, length);
    if (!isList(part)) {
      values.push(part);
      return;
    }
    if (isTypedArray(part)) {
      const type = dtypeOfTypedArray(part);
      rowTypes.set(type.str, type);
      if (place.length + 1 < shape.length) throw ragged([...place, 0], shape.at(-1), undefined);
      for (const value of part) values.push(value);
      return;
    }
    part.forEach((item, at) => {
      visit(item, [...place, at]);
    });
  };
  visit(input, []);
  const [rowType] = rowTypes.values();
  return { values, shape, rowType: rowTypes.size === 1 ? rowType : undefined };
}

/** HDF5's `H5S_MAX_RANK`. */
const MAX_RANK = 32;

function shapeOf(input: Nested): number[] {
  const shape: number[] = [];
  let part: Nested | undefined = input;
  while (part !== undefined && isList(part)) {
    shape.push(part.length);
    // An array that holds itself would nest for ever.
    if (shape.length > MAX_RANK) {
      throw new InvalidOptionError(`Nested arrays have more than ${MAX_RANK} axes, HDF5's limit`);
    }
    part = part[0];
  }
  return shape;
}

function isList(part: Nested | undefined): part is TypedArray | readonly Nested[] {
  return Array.isArray(part) || isTypedArray(part);
}

function ragged(
  place: readonly number[],
  expected: number | undefined,
  got: number | undefined,
): InvalidOptionError {
  const describe = (length: number | undefined): string =>
    length === undefined ? 'a single value' : `${length} elements`;
  return new InvalidOptionError(
    `Ragged nested array: expected ${describe(expected)} at [${place.join(', ')}], ` +
      `got ${describe(got)}`,
    { advice: 'Every part of an axis must have the same length' },
  );
}
