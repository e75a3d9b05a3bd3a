import { CorruptFileError } from '../../errors.js';
import type { Filter } from './filter.js';

const CHECKSUM = 4;

/**
 * Filter 3: a checksum behind the data, which is verified and taken off.
 * Source: libhdf5, `H5Z__filter_fletcher32` and `H5_checksum_fletcher32`.
 */
export const fletcher32Filter: Filter = {
  decode(bytes) {
    const end = bytes.length - CHECKSUM;
    const place = { structure: 'fletcher32 filter' };
    if (end < 0) throw new CorruptFileError('Expected a chunk with a checksum', { place });
    const stored = new DataView(bytes.buffer, bytes.byteOffset + end, CHECKSUM).getUint32(0, true);
    const computed = fletcher32(bytes.subarray(0, end));
    if (stored !== computed && stored !== swapPairs(computed)) {
      throw new CorruptFileError(
        `Expected the checksum ${stored}, but the bytes give ${computed}`,
        {
          place,
          advice: 'The chunk is damaged',
        },
      );
    }
    return bytes.subarray(0, end);
  },
  encodedBound: (length) => length + CHECKSUM,
  expansion: 1,
};

/** Fletcher's checksum over big-endian 16-bit words; an odd last byte is a word's high byte. */
export function fletcher32(bytes: Uint8Array): number {
  // 360 words are the most whose sums stay below 2^32.
  const WORDS = 360;
  const even = bytes.length - (bytes.length % 2);
  let sum1 = 0;
  let sum2 = 0;
  for (let at = 0; at < even;) {
    const end = Math.min(at + 2 * WORDS, even);
    for (; at < end; at += 2) {
      sum1 += (bytes[at]! << 8) | bytes[at + 1]!;
      sum2 += sum1;
    }
    sum1 = fold(sum1);
    sum2 = fold(sum2);
  }
  if (even < bytes.length) {
    sum1 = fold(sum1 + (bytes[even]! << 8));
    sum2 = fold(sum2 + sum1);
  }
  sum1 = fold(sum1);
  sum2 = fold(sum2);
  return ((sum2 << 16) | sum1) >>> 0;
}

function fold(sum: number): number {
  return (sum & 0xffff) + (sum >>> 16);
}

/** HDF5 before 1.6.3 stored the checksum with the bytes of each half swapped on little-endian machines. */
function swapPairs(value: number): number {
  return (((value & 0x00ff00ff) << 8) | ((value >>> 8) & 0x00ff00ff)) >>> 0;
}
