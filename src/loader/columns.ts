import type { TypedArray } from '../chunking/typed-array.js';
import type { ColumnValues } from './batch.js';

/** A row-aligned dataset, held in memory: `width` values a row. */
export interface Column {
  readonly path: string;
  readonly values: TypedArray | readonly string[];
  readonly width: number;
}

/** The rows of a column that belong to a batch, in its order. */
export function gatherColumn(column: Column, rows: Uint32Array): ColumnValues {
  const { values, width } = column;
  if (!ArrayBuffer.isView(values))
    return gather(values, rows, width, new Array<string>(rows.length * width));
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return gather<bigint, BigInt64Array | BigUint64Array>(
      values,
      rows,
      width,
      arrayLike(values, rows, width),
    );
  }
  return gather<number, Exclude<TypedArray, BigInt64Array | BigUint64Array>>(
    values,
    rows,
    width,
    arrayLike(values, rows, width),
  );
}

function arrayLike<A extends TypedArray>(values: A, rows: Uint32Array, width: number): A {
  return new (values.constructor as new (length: number) => A)(rows.length * width);
}

function gather<V, A extends Record<number, V>>(
  values: Readonly<Record<number, V>>,
  rows: Uint32Array,
  width: number,
  out: A,
): A {
  for (let i = 0; i < rows.length; i++) {
    for (let k = 0; k < width; k++) out[i * width + k] = values[rows[i]! * width + k]!;
  }
  return out;
}
