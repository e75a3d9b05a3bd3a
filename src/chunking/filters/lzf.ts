import { CorruptFileError } from '../../errors.js';
import type { Filter } from './filter.js';

/**
 * Filter 32000, which comes with h5py: LibLZF's format, bounded by the length of a sound chunk.
 * Source: LibLZF 3.6, `lzf_d.c`; h5py, `lzf_filter.c`, which stores no more than it was given.
 */
export const lzfFilter: Filter = {
  decode: decompress,
  encodedBound: (length) => length,
  expansion: 88, // 264 bytes for 3
};

function decompress(bytes: Uint8Array, maxLength: number): Uint8Array {
  const out = new Uint8Array(maxLength);
  let from = 0;
  let to = 0;
  while (from < bytes.length) {
    const control = bytes[from++]!;
    if (control < 32) {
      const end = from + control + 1;
      if (end > bytes.length) throw fail('Expected a run of literal bytes, but the stream ends');
      if (to + control + 1 > maxLength) throw tooLong(maxLength);
      while (from < end) out[to++] = bytes[from++]!;
      continue;
    }
    let length = (control >> 5) + 2;
    if (length === 9) length += bytes[from++] ?? NaN;
    // A missing byte makes these NaN, which fails both comparisons.
    let back = to - ((control & 0x1f) << 8) - (bytes[from++] ?? NaN) - 1;
    const end = to + length;
    if (!(back >= 0)) throw fail('Expected a reference to earlier bytes');
    if (!(end <= maxLength)) throw tooLong(maxLength);
    while (to < end) out[to++] = out[back++]!;
  }
  return out.subarray(0, to);
}

function tooLong(maxLength: number): CorruptFileError {
  return fail(`Expected at most ${maxLength} bytes when decompressed`);
}

function fail(message: string): CorruptFileError {
  return new CorruptFileError(message, { place: { structure: 'lzf filter' } });
}
