/** What an element is, as numpy has it: `i`, `u` integers, `f` floats, `b` bool, `c` complex, … */
export type DTypeKind = 'i' | 'u' | 'f' | 'b' | 'c' | 'S' | 'O' | 'V';

/** The type of an element: numpy's `dtype` for what HDF5 stores. */
export interface DType {
  /**
   * … `S` fixed-length string, `O` variable-length string, `V` compound. What numpy has no type of
   * its own for is `O` without `encoding` or `V` without `fields`: it can't be read as elements.
   */
  readonly kind: DTypeKind;
  /** Bytes of an element; of a variable-length string 8, numpy's pointer. */
  readonly itemsize: number;
  /** `<` little, `>` big, `|` where there is none. */
  readonly byteOrder: '<' | '>' | '|';
  /** numpy's `dtype.str`: `<f4`, `|u1`, `|b1`, `<c8`, `|S10`, `|O`, `|V12`. */
  readonly str: string;
  /** Of strings. */
  readonly encoding?: 'ascii' | 'utf-8';
  /** Of a compound. */
  readonly fields?: readonly DTypeField[];
  /** Of an enumeration, whose elements are integers: the names of its values. */
  readonly members?: readonly { readonly name: string; readonly value: bigint }[];
}

/** A member of a compound. */
export interface DTypeField {
  readonly name: string;
  readonly dtype: DType;
  /** Bytes from the start of the element. */
  readonly offset: number;
}

/**
 * A type of numbers, bools or complex numbers of `itemsize` bytes.
 *
 * @param byteOrder ignored where an element is one byte
 */
export function numericDType(
  kind: 'i' | 'u' | 'f' | 'b' | 'c',
  itemsize: number,
  byteOrder: '<' | '>' = '<',
): DType {
  const order = itemsize === 1 ? '|' : byteOrder;
  return { kind, itemsize, byteOrder: order, str: `${order}${kind}${itemsize}` };
}

/**
 * A string type, as h5py's `string_dtype`.
 *
 * @param options.length bytes of a fixed-length string (null-padded); left out: variable length
 * @param options.encoding default `utf-8`
 */
export function stringDType(
  options: { readonly encoding?: 'ascii' | 'utf-8'; readonly length?: number } = {},
): DType {
  const { encoding = 'utf-8', length } = options;
  if (length === undefined) {
    return { kind: 'O', itemsize: 8, byteOrder: '|', str: '|O', encoding };
  }
  return { kind: 'S', itemsize: length, byteOrder: '|', str: `|S${length}`, encoding };
}

/** @param itemsize bytes of an element, padding included */
export function compoundDType(fields: readonly DTypeField[], itemsize: number): DType {
  return { kind: 'V', itemsize, byteOrder: '|', str: `|V${itemsize}`, fields };
}

/** The same type with little-endian numbers. */
export function littleEndian(dtype: DType): DType {
  const { str, byteOrder, fields } = dtype;
  return {
    ...dtype,
    byteOrder: byteOrder === '>' ? '<' : byteOrder,
    str: str.replace('>', '<'),
    ...(fields === undefined
      ? {}
      : { fields: fields.map((field) => ({ ...field, dtype: littleEndian(field.dtype) })) }),
  };
}

/** Same elements in memory: kind, size, byte order, fields. */
export function sameDType(a: DType, b: DType): boolean {
  if (a.str !== b.str) return false;
  const [mine, theirs] = [a.fields ?? [], b.fields ?? []];
  return (
    mine.length === theirs.length &&
    mine.every((field, at) => {
      const other = theirs[at]!;
      return (
        field.name === other.name &&
        field.offset === other.offset &&
        sameDType(field.dtype, other.dtype)
      );
    })
  );
}

export const FLOAT64: DType = numericDType('f', 8);
export const INT64: DType = numericDType('i', 8);
export const UINT64: DType = numericDType('u', 8);
export const BOOL: DType = numericDType('b', 1);
export const STRING: DType = stringDType();
