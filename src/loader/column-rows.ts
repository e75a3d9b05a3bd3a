/** One value of a column. */
export type ColumnValue = string | number | bigint;

/** A row-aligned dataset with one value a row, read in pieces: nothing of it is kept. */
export interface ColumnRows {
  /** Path in the file. */
  readonly path: string;
  readonly kind: 'string' | 'number' | 'bigint';
  /** Values of the rows `start` to `stop`, not included. */
  read(start: number, stop: number): Promise<ArrayLike<ColumnValue>>;
  /** What a column's integers stand for: its attribute `names`, where it has one. */
  classNames(): Promise<readonly string[] | undefined>;
}

/** Opens a column by its name or path. */
export type OpenRows = (column: string) => Promise<ColumnRows>;

/** Rows held at a time. */
export const ROWS_AT_ONCE = 65_536;

/**
 * The values of some rows, in ascending order, piece by piece.
 *
 * @param rows how many rows there are
 * @param selected ascending row numbers; `undefined`: all
 * @param visit gets the row and its value, and the place of the row among those selected
 */
export async function forEachValue(
  column: ColumnRows,
  rows: number,
  selected: Uint32Array | undefined,
  visit: (row: number, value: ColumnValue, place: number) => void,
): Promise<void> {
  let place = 0;
  for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
    const stop = Math.min(start + ROWS_AT_ONCE, rows);
    if (selected !== undefined && !(selected[place]! < stop)) continue;
    const values = await column.read(start, stop);
    if (selected === undefined) {
      for (let row = start; row < stop; row++) visit(row, values[row - start]!, row);
      continue;
    }
    for (; selected[place]! < stop; place++) {
      visit(selected[place]!, values[selected[place]! - start]!, place);
    }
  }
}
