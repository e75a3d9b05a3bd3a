/** What an element is, as numpy has it: `i`, `u` integers, `f` floats, `b` bool, `c` complex, … */
export type DTypeKind = 'i' | 'u' | 'f' | 'b' | 'c' | 'S' | 'O' | 'V';

/** The type of an element: numpy's `dtype` for what HDF5 stores. */
export interface DType {
  /**
   * … `S` fixed-length string, `O` variable-length string, reference or sequence, `V` compound, array
   * or opaque bytes. Types that can't be read (times, bit fields) are `V` without any of these.
   */
  readonly kind: DTypeKind;
  /** Bytes of an element; of variable length 8, numpy's pointer; of a region reference 12. */
  readonly itemsize: number;
  /** `<` little, `>` big, `|` where there is none. */
  readonly byteOrder: '<' | '>' | '|';
  /** numpy's `dtype.str`: `<f4`, `|u1`, `|b1`, `<c8`, `|S10`, `|O`, `|V12`. */
  readonly str: string;
  /** Of strings. */
  readonly encoding?: 'ascii' | 'utf-8';
  /** Of a compound. */
  readonly fields?: readonly DTypeField[];
  /** Of references: to what. */
  readonly reference?: 'object' | 'region';
  /** Of arrays, and of sequences of variable length: the type of what an element is made of. */
  readonly base?: DType;
  /** Of arrays as elements: their shape. */
  readonly shape?: readonly number[];
  /** Of bytes without a meaning to HDF5. */
  readonly opaque?: true;
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

/** @param itemsize 8 of a reference to an object, 12 of one to a region */
export function referenceDType(reference: 'object' | 'region', itemsize: number): DType {
  return { kind: 'O', itemsize, byteOrder: '|', str: '|O', reference };
}

/** Arrays as elements: numpy's `(base, shape)`. An array of arrays is one with all their axes. */
export function arrayDType(base: DType, shape: readonly number[]): DType {
  const itemsize = shape.reduce((size, length) => size * length, base.itemsize);
  const whole =
    base.shape === undefined
      ? { base, shape }
      : { base: base.base!, shape: [...shape, ...base.shape] };
  return { kind: 'V', itemsize, byteOrder: '|', str: `|V${itemsize}`, ...whole };
}

/** Whether elements are text. */
export function isText({ kind, encoding }: DType): boolean {
  return kind === 'S' || (kind === 'O' && encoding !== undefined);
}

/** What in a type can only be read: `null` for nothing. */
export function unwritablePart(dtype: DType): string | null {
  const { kind, reference, base, shape, fields, opaque } = dtype;
  if (reference === 'region') return 'references to regions';
  if (kind === 'O' && base !== undefined) return 'sequences of variable length';
  if (fields !== undefined) {
    const parts = fields.map((field) => unwritablePart(field.dtype));
    return parts.find((part) => part !== null) ?? null;
  }
  if (shape !== undefined) return unwritablePart(base!);
  const known = kind !== 'V' || opaque === true;
  return known ? null : `elements of dtype '${dtype.str}' (no numbers or strings)`;
}

/** The same type with little-endian numbers. */
export function littleEndian(dtype: DType): DType {
  const { str, byteOrder, fields, base } = dtype;
  return {
    ...dtype,
    byteOrder: byteOrder === '>' ? '<' : byteOrder,
    str: str.replace('>', '<'),
    ...(base === undefined ? {} : { base: littleEndian(base) }),
    ...(fields === undefined
      ? {}
      : { fields: fields.map((field) => ({ ...field, dtype: littleEndian(field.dtype) })) }),
  };
}

/** Same elements in memory: kind, size, byte order, fields. */
export function sameDType(a: DType, b: DType): boolean {
  const [kinds, bases] = [[a, b].map(kindOf), [a.base, b.base]];
  if (a.str !== b.str || kinds[0] !== kinds[1]) return false;
  if (bases[0] !== undefined && !sameDType(bases[0], bases[1]!)) return false;
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

/** What `str` doesn't tell. */
function kindOf(dtype: DType): string {
  const { reference, base, shape, opaque, fields } = dtype;
  if (isText(dtype)) return 'text';
  const made = [base !== undefined, opaque === true, fields !== undefined];
  return `${reference ?? ''} ${made.join(' ')} ${shape?.join() ?? ''}`;
}

export const FLOAT64: DType = numericDType('f', 8);
export const INT64: DType = numericDType('i', 8);
export const UINT64: DType = numericDType('u', 8);
export const BOOL: DType = numericDType('b', 1);
export const STRING: DType = stringDType();
export const REFERENCE: DType = referenceDType('object', 8);
