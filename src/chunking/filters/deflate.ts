import { damaged, type Decompress, type Filter } from './filter.js';

/**
 * Inflates a zlib stream; throws when it is damaged or yields more than `maxLength` bytes.
 * It is passed in, since Node and browsers have it in different places.
 */
export type Inflate = (bytes: Uint8Array, maxLength: number) => Uint8Array;

/** 258 bytes for 2 bits. */
export const DEFLATE_EXPANSION = 1032;

/** Filter 1. Source: libhdf5, `H5Z__filter_deflate`, which bounds the compressed size as here. */
export function deflateFilter(inflate: Inflate): Filter {
  return {
    decode: (bytes, maxLength) => inflateWithin(inflate, bytes, maxLength),
    encodedBound: (length) => Math.ceil(length * 1.001) + 12,
    expansion: DEFLATE_EXPANSION,
  };
}

/** Inflates a stretch whose length is known. */
export function inflateFully(inflate: Inflate): Decompress {
  return (from, to) => {
    const length = to.end - to.start;
    const inflated = inflateWithin(inflate, from.bytes.subarray(from.start, from.end), length);
    if (inflated.length !== length) {
      throw damaged(FILTER, `Expected ${length} bytes when inflated, got ${inflated.length}`);
    }
    to.bytes.set(inflated, to.start);
  };
}

function inflateWithin(inflate: Inflate, bytes: Uint8Array, maxLength: number): Uint8Array {
  try {
    return inflate(bytes, maxLength);
  } catch (cause) {
    throw damaged(
      FILTER,
      `Expected a zlib stream of at most ${maxLength} bytes when inflated`,
      cause,
    );
  }
}

const FILTER = 'deflate filter';
