import type { H5Type } from '../storage/h5.js';
import {
  arrayDType,
  BOOL,
  compoundDType,
  littleEndian,
  numericDType,
  referenceDType,
  stringDType,
} from './dtype.js';
import type { DType } from './dtype.js';

/**
 * The dtype that numpy and h5py give elements of a type stored in a file: h5py's bool is an
 * enumeration, complex numbers are a compound of `r` and `i`, other enumerations are integers.
 */
export function dtypeOfStored(type: H5Type): DType {
  switch (type.class) {
    case 'integer':
      return numericDType(type.signed ? 'i' : 'u', type.size, orderOf(type));
    case 'float':
      return numericDType('f', type.size, orderOf(type));
    case 'string':
      return stringDType({ length: type.size, encoding: type.encoding });
    case 'variable-length string':
      return stringDType({ encoding: type.encoding });
    case 'enumeration':
      return isBool(type) ? BOOL : { ...dtypeOfStored(type.base), members: type.members };
    case 'compound':
      return complexOf(type) ?? compoundOf(type);
    case 'reference':
      return referenceDType(type.kind, type.size);
    case 'variable-length':
      return {
        kind: 'O',
        itemsize: 8,
        byteOrder: '|',
        str: '|O',
        base: dtypeOfStored(type.base),
      };
    case 'array':
      return arrayDType(dtypeOfStored(type.base), type.shape);
    case 'opaque':
      return { ...bytesDType(type.size), opaque: true };
    default:
      return bytesDType(type.size);
  }
}

function bytesDType(itemsize: number): DType {
  return { kind: 'V', itemsize, byteOrder: '|', str: `|V${itemsize}` };
}

/** The dtype of elements as storage hands them over and takes them: little-endian throughout. */
export function transferredDType(dtype: DType): DType {
  return littleEndian(dtype);
}

function orderOf({ littleEndian }: { readonly littleEndian: boolean }): '<' | '>' {
  return littleEndian ? '<' : '>';
}

type Class<Name> = Extract<H5Type, { readonly class: Name }>;

function isBool({ base, members }: Class<'enumeration'>): boolean {
  const [no, yes] = members;
  return (
    base.size === 1 &&
    members.length === 2 &&
    no?.name === 'FALSE' &&
    no.value === 0n &&
    yes?.name === 'TRUE' &&
    yes.value === 1n
  );
}

/** Of two floats `r` and `i` side by side, as h5py writes complex numbers. */
function complexOf({ size, members }: Class<'compound'>): DType | null {
  const [real, imaginary] = members;
  if (members.length !== 2 || real?.name !== 'r' || imaginary?.name !== 'i') return null;
  const [r, i] = [real.type, imaginary.type];
  if (r.class !== 'float' || i.class !== 'float') return null;
  if (r.size !== i.size || r.littleEndian !== i.littleEndian || r.size < 4) return null;
  if (real.offset !== 0 || imaginary.offset !== r.size || size !== 2 * r.size) return null;
  return numericDType('c', size, orderOf(r));
}

function compoundOf({ size, members }: Class<'compound'>): DType {
  return compoundDType(
    members.map(({ name, offset, type }) => ({ name, offset, dtype: dtypeOfStored(type) })),
    size,
  );
}
