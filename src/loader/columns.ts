import type { TypedArray } from '../chunking/typed-array.js';
import type { ColumnValues } from './batch.js';
import { likeArray } from './row-cache.js';

/** A row-aligned dataset that batches carry: `width` values a row. */
export interface Column {
  /** Path in the file. */
  readonly path: string;
  readonly width: number;
  /** The values of these rows, in their order: at once where they are in memory. */
  gather(rows: Uint32Array): ColumnValues | Promise<ColumnValues>;
}

/** A column that is in memory. */
export function columnOf(
  path: string,
  width: number,
  values: TypedArray | readonly string[],
): Column {
  return { path, width, gather: (rows) => pickRows(values, width, rows) };
}

/** Rows of values with `width` a row. */
export function pickRows(
  values: TypedArray | readonly string[],
  width: number,
  rows: Uint32Array,
): ColumnValues {
  if (!ArrayBuffer.isView(values))
    return pick(values, width, rows, new Array<string>(rows.length * width));
  const picked = likeArray(values, rows.length * width);
  return pick<number | bigint, TypedArray>(values, width, rows, picked);
}

function pick<V, A extends Record<number, V>>(
  values: Readonly<Record<number, V>>,
  width: number,
  rows: Uint32Array,
  out: A,
): A {
  for (let i = 0; i < rows.length; i++) {
    for (let k = 0; k < width; k++) out[i * width + k] = values[rows[i]! * width + k]!;
  }
  return out;
}
