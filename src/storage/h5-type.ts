import type { Metadata } from 'h5wasm/node';
import { typeClass } from './h5-type-class.js';

/**
 * The type of elements in an HDF5 file, with HDF5's names for the classes. Sizes and offsets are
 * bytes, as elements lie in memory once read.
 *
 * What h5wasm doesn't tell, and nobody can know from this: members of enumerations beyond the
 * range of int32 (they come as the nearest int32, or negative), whether the bits of a number are
 * laid out as usual (a float of 2 bytes may be a bfloat16), and the tags of opaque types.
 */
export type H5Type =
  | IntegerType
  | {
      readonly class: 'float';
      readonly size: number;
      readonly littleEndian: boolean;
    }
  | {
      readonly class: 'string';
      readonly size: number;
      readonly encoding: H5Encoding;
      readonly padding: 'nul-terminated' | 'nul-padded' | 'space-padded';
    }
  | { readonly class: 'variable-length string'; readonly encoding: H5Encoding }
  | {
      readonly class: 'enumeration';
      readonly base: IntegerType;
      /** h5py's bool has FALSE 0 and TRUE 1. */
      readonly members: readonly { readonly name: string; readonly value: bigint }[];
    }
  | {
      readonly class: 'compound';
      readonly size: number;
      readonly members: readonly {
        readonly name: string;
        readonly offset: number;
        readonly type: H5Type;
      }[];
    }
  | { readonly class: 'reference'; readonly kind: 'object' | 'region'; readonly size: number }
  | {
      readonly class: 'array';
      readonly base: H5Type;
      readonly shape: readonly number[];
      readonly size: number;
    }
  | { readonly class: 'variable-length'; readonly base: H5Type }
  | {
      /** `other`: the references and complex numbers of newer versions of HDF5. */
      readonly class: 'opaque' | 'bit field' | 'time' | 'other';
      readonly size: number;
    };

export type H5Encoding = 'ascii' | 'utf-8';

export interface IntegerType {
  readonly class: 'integer';
  readonly size: number;
  readonly signed: boolean;
  readonly littleEndian: boolean;
}

/** What h5wasm says of a type, of a dataset, an attribute or a named datatype. */
export function h5TypeOf(metadata: Metadata): H5Type {
  const { size } = metadata;
  switch (metadata.type) {
    case typeClass.integer:
      return integerType(metadata);
    case typeClass.float:
      return { class: 'float', size, littleEndian: metadata.littleEndian };
    case typeClass.string: {
      const encoding = metadata.cset === utf8 ? 'utf-8' : 'ascii';
      if (metadata.vlen) return { class: 'variable-length string', encoding };
      const padding = paddings[metadata.strpad ?? 0] ?? 'nul-terminated';
      return { class: 'string', size, encoding, padding };
    }
    case typeClass.enumeration:
      return {
        class: 'enumeration',
        base: integerType(metadata),
        members: Object.entries(metadata.enum_type?.members ?? {}).map(([name, value]) => ({
          name,
          value: BigInt(value),
        })),
      };
    case typeClass.compound:
      return {
        class: 'compound',
        size,
        members: (metadata.compound_type?.members ?? []).map((member) => ({
          name: member.name,
          offset: member.offset,
          type: h5TypeOf(member),
        })),
      };
    case typeClass.reference:
      // h5wasm takes the references of HDF5 1.12 and later for regions.
      if (size > largestReference) return { class: 'other', size };
      return { class: 'reference', kind: metadata.ref_type ?? 'object', size };
    case typeClass.array: {
      const base = metadata.array_type!;
      return { class: 'array', base: h5TypeOf(base), shape: base.shape ?? [], size };
    }
    case typeClass.variableLength:
      return { class: 'variable-length', base: h5TypeOf(metadata.vlen_type!) };
    default:
      return { class: otherClasses[metadata.type] ?? 'other', size };
  }
}

const otherClasses: Readonly<Record<number, 'time' | 'bit field' | 'opaque'>> = {
  2: 'time',
  4: 'bit field',
  5: 'opaque',
};
/** H5T_cset_t of H5Tpublic.h. */
const utf8 = 1;
/** By H5T_str_t of H5Tpublic.h. */
const paddings = ['nul-terminated', 'nul-padded', 'space-padded'] as const;
/** Bytes of a region reference in h5wasm's memory; one to an object has 8. */
const largestReference = 12;

function integerType({ size, signed, littleEndian }: Metadata): IntegerType {
  return { class: 'integer', size, signed, littleEndian };
}
