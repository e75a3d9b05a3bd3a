import { damaged, type ByteRange } from './filter.js';
import { copyMatch } from './lz4-block.js';

/** Beyond this a match's distance takes two bytes more. */
const MAX_NEAR = 8191;

/**
 * Decompresses a BloscLZ stream, which must fill `to`.
 * Source: C-Blosc, `blosclz_decompress` in `blosclz.c`.
 *
 * @throws CorruptFileError when the stream ends early, leads outside, or has another length.
 */
export function decompressBlosclz(from: ByteRange, to: ByteRange): void {
  const { bytes, end } = from;
  const { bytes: out, start: outStart, end: outEnd } = to;
  let at = from.start;
  let write = outStart;
  // The first control byte always starts literals; its upper bits tell the level.
  let mask = 31;
  while (at < end) {
    const control = bytes[at++]! & mask;
    mask = 255;
    if (control < 32) {
      const literals = control + 1;
      if (literals > end - at) throw fail('Expected a run of literal bytes, but the stream ends');
      if (literals > outEnd - write) throw tooLong(outEnd - outStart);
      for (let i = 0; i < literals; i++) out[write++] = bytes[at++]!;
      continue;
    }
    let length = (control >>> 5) + 2;
    if (length === 9) {
      let more = 255;
      while (more === 255 && at < end) length += more = bytes[at++]!;
    }
    let distance = (control & 31) << 8;
    // A missing byte makes these NaN, which fails the comparison below.
    const low = bytes[at++] ?? NaN;
    if (low === 255 && distance === 31 << 8) {
      distance = MAX_NEAR + (bytes[at]! << 8) + (bytes[at + 1] ?? NaN);
      at += 2;
    } else {
      distance += low;
    }
    distance++;
    if (at > end || !(distance <= write - outStart)) {
      throw fail('Expected a match within the bytes before it');
    }
    if (length > outEnd - write) throw tooLong(outEnd - outStart);
    copyMatch(out, write, distance, length);
    write += length;
  }
  if (write !== outEnd) {
    throw fail(`Expected ${outEnd - outStart} bytes when decompressed, got ${write - outStart}`);
  }
}

function tooLong(length: number): Error {
  return fail(`Expected no more than ${length} bytes when decompressed`);
}

function fail(message: string): Error {
  return damaged('BloscLZ stream', message);
}
