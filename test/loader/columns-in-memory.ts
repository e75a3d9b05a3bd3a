/** Columns for tests of what depends on them: nothing is read from a file. */
import type { ColumnRows, ColumnValue, OpenRows } from '#src/loader/column-rows.js';

export type MemoryColumns = Readonly<Record<string, readonly ColumnValue[]>>;

export function columnsInMemory(
  columns: MemoryColumns,
  names: Readonly<Record<string, readonly string[]>> = {},
): OpenRows {
  return (name) => {
    const values = columns[name];
    if (values === undefined) return Promise.reject(new Error(`There is no column ${name}`));
    return Promise.resolve({
      path: `/${name}`,
      kind: kindOf(values[0]),
      read: (start, stop) => Promise.resolve(values.slice(start, stop)),
      classNames: () => Promise.resolve(names[name]),
    });
  };
}

function kindOf(value: ColumnValue | undefined): ColumnRows['kind'] {
  return typeof value === 'string' ? 'string' : typeof value === 'bigint' ? 'bigint' : 'number';
}
