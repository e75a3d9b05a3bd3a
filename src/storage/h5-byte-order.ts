import type { Metadata } from 'h5wasm/node';
import { typeClass } from './h5-type-class.js';

/** Bytes of an element that are to be turned around. */
export interface SwappedRange {
  readonly offset: number;
  readonly size: number;
}

/** How the elements of a type become little-endian. */
export interface ByteOrder {
  /** What HDF5, as h5wasm calls it, leaves big-endian in an element. */
  readonly swapped: readonly SwappedRange[];
  /** HDF5 complains that it can't set the order of the type in memory, and carries on without. */
  readonly complains: boolean;
}

/**
 * h5wasm asks HDF5 to turn the bytes of types whose every number is big-endian, and of no other.
 * HDF5 refuses that to enumerations, since their members are known already.
 *
 * @returns `null` when the bytes that HDF5 would hand over are neither as stored nor all turned: an
 *   enumeration inside a type whose every number is big-endian
 */
export function byteOrderOf(type: Metadata): ByteOrder | null {
  const numbers = [...numbersIn(type, 0)];
  const big = numbers.filter((number) => number.bigEndian);
  if (big.length === 0) return { swapped: [], complains: false };
  if (big.length < numbers.length) return { swapped: big, complains: false };
  if (type.type === typeClass.enumeration) return { swapped: big, complains: true };
  return big.some((number) => number.enumeration) ? null : { swapped: [], complains: false };
}

/** Turns the ranges of every element around. */
export function swapElements(
  bytes: Uint8Array,
  elementSize: number,
  ranges: readonly SwappedRange[],
): void {
  for (const { offset, size } of ranges) {
    for (let at = offset; at < bytes.length; at += elementSize) {
      bytes.subarray(at, at + size).reverse();
    }
  }
}

interface Numbers extends SwappedRange {
  readonly bigEndian: boolean;
  readonly enumeration: boolean;
}

/** Everything in an element that has a byte order. */
function* numbersIn(type: Metadata, offset: number): Generator<Numbers> {
  const { size } = type;
  switch (type.type) {
    case typeClass.compound:
      for (const member of type.compound_type?.members ?? []) {
        yield* numbersIn(member, offset + member.offset);
      }
      break;
    case typeClass.array: {
      const base = type.array_type!;
      for (let at = 0; at < size; at += base.size) yield* numbersIn(base, offset + at);
      break;
    }
    case typeClass.integer:
    case typeClass.float:
    case typeClass.time:
    case typeClass.bitField:
    case typeClass.enumeration: {
      const enumeration = type.type === typeClass.enumeration;
      yield { offset, size, bigEndian: !type.littleEndian, enumeration };
    }
  }
}
