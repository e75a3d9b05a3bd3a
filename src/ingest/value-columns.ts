import { CorruptFileError, InvalidOptionError } from '../errors.js';
import type { H5File } from '../storage/h5.js';

/**
 * What a column holds: whole numbers of 32 bits, any numbers (NaN: none), strings, or names of
 * categories, which are stored as numbers with the attribute `names` as classes are.
 */
export type ColumnType = 'int32' | 'float64' | 'string' | 'category';

export type ColumnValue = number | string;

/** Columns by name, in order. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>;

/** The columns of a file that is open for appending, with the values that wait to be written. */
export interface ValueColumns {
  readonly types: ColumnTypes;
  /** Keeps a row; its values have been checked. */
  push(values: Readonly<Record<string, ColumnValue>>): void;
  /** Appends the rows kept to every column, behind row `written`. */
  write(written: number): void;
  /** Writes names of categories that are new since the last commit. */
  writeNames(): void;
}

const folder = '/columns';
const rowsPerChunk = { int32: 1024, float64: 512, string: 256, category: 1024 } as const;

/** @throws InvalidOptionError unless every name can be that of a dataset */
export function checkColumnNames(types: ColumnTypes): void {
  for (const name of Object.keys(types)) {
    if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) continue;
    throw new InvalidOptionError(
      `A column can't be called ${JSON.stringify(name)}: HDF5 names have no '/' and aren't empty`,
      { advice: 'Rename it, or leave it out' },
    );
  }
}

/** Makes the columns of a new file. */
export function createColumns(h5: H5File, types: ColumnTypes): void {
  if (Object.keys(types).length === 0) return;
  if (h5.kindOf(folder) === undefined) h5.createGroup(folder);
  for (const [name, type] of Object.entries(types)) {
    const path = `${folder}/${name}`;
    h5.createDataset(path, {
      dtype: type === 'category' ? 'int32' : type,
      shape: [0],
      maxShape: [null],
      chunkShape: [rowsPerChunk[type]],
    });
    h5.writeAttribute(path, 'type', type);
  }
}

/**
 * The columns that a file has.
 *
 * @param rows of the file: each column must have as many
 */
export function readColumnTypes(h5: H5File, file: string, rows: number): ColumnTypes {
  if (h5.kindOf(folder) !== 'group') return {};
  const types: [string, ColumnType][] = [];
  for (const name of h5.names(folder)) {
    const path = `${folder}/${name}`;
    const { shape } = h5.dataset(path);
    if (shape?.[0] !== rows) {
      throw new CorruptFileError(
        `Expected ${rows} rows as in /images, found ${String(shape?.[0])}`,
        {
          place: { file, dataset: path },
        },
      );
    }
    types.push([name, h5.readAttribute(path, 'type') as ColumnType]);
  }
  return Object.fromEntries(types);
}

/**
 * Refuses records whose columns aren't the file's. Whole numbers may go where any numbers do, and
 * any numbers, as text, where strings do not: only what keeps every value.
 *
 * @throws InvalidOptionError
 */
export function requireSameColumns(found: ColumnTypes, wanted: ColumnTypes, file: string): void {
  const advice = 'Choose the columns that the file has, or another file';
  const place = { file, dataset: folder };
  for (const [name, type] of Object.entries(wanted)) {
    const has = found[name];
    if (has === type || (has === 'float64' && type === 'int32')) continue;
    if ((has === 'string' && type === 'category') || (has === 'category' && type === 'string')) {
      continue;
    }
    throw new InvalidOptionError(
      has === undefined
        ? `The file has no column '${name}'`
        : `The file's column '${name}' is of ${has}, not ${type}`,
      { place, advice },
    );
  }
  const missing = Object.keys(found).find((name) => !Object.hasOwn(wanted, name));
  if (missing === undefined) return;
  throw new InvalidOptionError(`The file has a column '${missing}', which the images don't have`, {
    place,
    advice,
  });
}

/** Why a row doesn't fit the columns; `undefined` if it does. */
export function misfit(
  types: ColumnTypes,
  values: Readonly<Record<string, ColumnValue>>,
): string | undefined {
  for (const [name, type] of Object.entries(types)) {
    const value = values[name];
    if (value === undefined) return `it has no value for the column '${name}'`;
    const wrong = misfitOf(type, value);
    if (wrong !== undefined) {
      return `column '${name}': expected ${wrong}, got ${JSON.stringify(value)}`;
    }
  }
  const extra = Object.keys(values).find((name) => !Object.hasOwn(types, name));
  return extra === undefined ? undefined : `there is no column '${extra}'`;
}

function misfitOf(type: ColumnType, value: ColumnValue): string | undefined {
  switch (type) {
    case 'int32':
      return typeof value === 'number' && (value | 0) === value
        ? undefined
        : 'a whole number of 32 bits';
    case 'float64':
      return typeof value === 'number' ? undefined : 'a number';
    case 'string':
    case 'category':
      if (typeof value !== 'string') return 'a string';
      return value.includes('\0') ? 'a string without NUL' : undefined;
  }
}

export function openValueColumns(h5: H5File, types: ColumnTypes): ValueColumns {
  const columns = Object.entries(types).map(([name, type]) =>
    type === 'category' ? categoryColumn(h5, name) : plainColumn(h5, name, type),
  );
  return {
    types,
    push: (values) => {
      for (const column of columns) column.push(values[column.name]!);
    },
    write: (written) => {
      for (const column of columns) column.write(written);
    },
    writeNames: () => {
      for (const column of columns) column.writeNames();
    },
  };
}

interface OpenColumn {
  readonly name: string;
  push(value: ColumnValue): void;
  write(written: number): void;
  writeNames(): void;
}

function plainColumn(h5: H5File, name: string, type: 'int32' | 'float64' | 'string'): OpenColumn {
  const path = `${folder}/${name}`;
  let waiting: ColumnValue[] = [];
  return {
    name,
    push: (value) => {
      waiting.push(value);
    },
    write: (written) => {
      const rows = waiting.length;
      h5.resize(path, [written + rows]);
      if (type === 'string') h5.writeStrings(path, written, waiting as string[]);
      else {
        const array = type === 'int32' ? Int32Array : Float64Array;
        h5.writeSlice(path, [written], [rows], array.from(waiting as number[]));
      }
      waiting = [];
    },
    writeNames: () => undefined,
  };
}

function categoryColumn(h5: H5File, name: string): OpenColumn {
  const path = `${folder}/${name}`;
  const names = (h5.readAttribute(path, 'names') ?? []) as string[];
  const numbers = new Map(names.map((known, number) => [known, number]));
  let written = names.length;
  const column = plainColumn(h5, name, 'int32');
  return {
    ...column,
    push: (value) => {
      const key = String(value);
      const number = numbers.get(key) ?? numbers.size;
      if (number === numbers.size) numbers.set(key, number);
      column.push(number);
    },
    writeNames: () => {
      if (numbers.size === written) return;
      h5.writeAttribute(path, 'names', [...numbers.keys()]);
      written = numbers.size;
    },
  };
}
