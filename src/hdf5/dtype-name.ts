import { InvalidOptionError } from '../errors.js';
import { describeValue } from './describe-value.js';
import { numericDType, REFERENCE, stringDType } from './dtype.js';
import type { DType } from './dtype.js';

/**
 * Reads a dtype as numpy and h5py users write it: `float16`, `f2`, `<f2`, `>i4`, `uint8`, `bool`,
 * `complex64`, `S10` (fixed-length ASCII), `str` (variable-length UTF-8), `int` (`int64`),
 * `float` (`float64`), `ref` (references to objects, h5py's `ref_dtype`). Without a byte order it is little-endian, whatever the machine.
 *
 * @throws InvalidOptionError for names that numpy or HDF5 doesn't know
 *
 * @example parseDType('float16').str // '<f2'
 */
export function parseDType(name: string | DType): DType {
  if (typeof name !== 'string') {
    if (isDType(name)) return name;
    throw new InvalidOptionError(`Expected the name of a dtype, got ${describeValue(name)}`);
  }
  const [, order, base] = /^([<>=|]?)(.*)$/.exec(name)!;
  const byteOrder = order === '>' ? '>' : '<';
  const fixed = /^S([1-9]\d*)$/.exec(base!);
  if (fixed) return stringDType({ encoding: 'ascii', length: Number(fixed[1]) });
  const code = CODES.has(base!) ? base : order === '' ? NAMES.get(base!) : LETTERS.get(base!);
  if (code !== undefined) return codeDType(code, byteOrder);
  throw new InvalidOptionError(`No conversion path for dtype '${name}'`, {
    advice: base!.startsWith('U')
      ? "HDF5 has no fixed-length UTF-32 strings: use 'str' (variable length) or 'S10' (10 bytes)"
      : "Expected a numpy name such as 'float32', 'f4', '<i8', '>u2', 'bool', 'complex64', 'S10', 'str'",
  });
}

function codeDType(code: string, byteOrder: '<' | '>'): DType {
  if (code === 'O') return stringDType();
  if (code === 'ref') return REFERENCE;
  return numericDType(code[0] as 'i' | 'u' | 'f' | 'b' | 'c', Number(code.slice(1)), byteOrder);
}

/** Callers without types may give anything. */
function isDType(value: unknown): value is DType {
  return typeof value === 'object' && value !== null && 'kind' in value && 'str' in value;
}

const CODES: ReadonlySet<string> = new Set(
  'i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 b1 c8 c16 O'.split(' '),
);

/** numpy's one-letter codes, which may follow a byte order. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['?', 'b1'],
  ['b', 'i1'],
  ['B', 'u1'],
  ['h', 'i2'],
  ['H', 'u2'],
  ['i', 'i4'],
  ['I', 'u4'],
  ['l', 'i8'],
  ['L', 'u8'],
  ['q', 'i8'],
  ['Q', 'u8'],
  ['e', 'f2'],
  ['f', 'f4'],
  ['d', 'f8'],
  ['F', 'c8'],
  ['D', 'c16'],
]);

const NAMES: ReadonlyMap<string, string> = new Map([
  ...LETTERS,
  ['int8', 'i1'],
  ['int16', 'i2'],
  ['int32', 'i4'],
  ['int64', 'i8'],
  ['uint8', 'u1'],
  ['uint16', 'u2'],
  ['uint32', 'u4'],
  ['uint64', 'u8'],
  ['float16', 'f2'],
  ['float32', 'f4'],
  ['float64', 'f8'],
  ['complex64', 'c8'],
  ['complex128', 'c16'],
  ['bool', 'b1'],
  ['bool_', 'b1'],
  ['byte', 'i1'],
  ['ubyte', 'u1'],
  ['short', 'i2'],
  ['ushort', 'u2'],
  ['intc', 'i4'],
  ['uintc', 'u4'],
  ['int', 'i8'],
  ['int_', 'i8'],
  ['uint', 'u8'],
  ['half', 'f2'],
  ['single', 'f4'],
  ['double', 'f8'],
  ['float', 'f8'],
  ['csingle', 'c8'],
  ['cdouble', 'c16'],
  ['complex', 'c16'],
  ['str', 'O'],
  ['ref', 'ref'],
]);
