import { CorruptFileError } from '../../errors.js';
import type { Filter } from './filter.js';

/**
 * Inflates a zlib stream; throws when it is damaged or yields more than `maxLength` bytes.
 * It is passed in, since Node and browsers have it in different places.
 */
export type Inflate = (bytes: Uint8Array, maxLength: number) => Uint8Array;

/** Filter 1. Source: libhdf5, `H5Z__filter_deflate`, which bounds the compressed size as here. */
export function deflateFilter(inflate: Inflate): Filter {
  return {
    decode(bytes, maxLength) {
      try {
        return inflate(bytes, maxLength);
      } catch (cause) {
        throw new CorruptFileError(
          `Expected a zlib stream of at most ${maxLength} bytes when inflated`,
          { place: { structure: 'deflate filter' }, cause },
        );
      }
    },
    encodedBound: (length) => Math.ceil(length * 1.001) + 12,
  };
}
