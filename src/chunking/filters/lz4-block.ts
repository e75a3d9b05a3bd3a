import { damaged, type ByteRange } from './filter.js';

const LEAST_MATCH = 4;
/** Runs up to this are faster copied byte by byte than with a call. */
const SHORT = 32;

/**
 * Decompresses one LZ4 block, which must fill `to`.
 * Source: "LZ4 Block Format Description" (lz4_Block_format.md in the LZ4 repository).
 *
 * @throws CorruptFileError when the block ends early, leads outside, or has another length.
 */
export function decompressLz4(from: ByteRange, to: ByteRange): void {
  const { bytes, end } = from;
  const { bytes: out, start: outStart, end: outEnd } = to;
  let at = from.start;
  let write = outStart;
  while (at < end) {
    const token = bytes[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < end) literals += more = bytes[at++]!;
    }
    if (literals > end - at) throw fail('Expected a run of literal bytes, but the block ends');
    if (literals > outEnd - write) throw tooLong(outEnd - outStart);
    if (literals <= SHORT) {
      for (let i = 0; i < literals; i++) out[write + i] = bytes[at + i]!;
    } else {
      out.set(bytes.subarray(at, at + literals), write);
    }
    at += literals;
    write += literals;
    // The last sequence has no match.
    if (at >= end) break;

    if (end - at < 2) throw fail('Expected the distance of a match, but the block ends');
    const distance = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) {
      let more = 255;
      while (more === 255 && at < end) length += more = bytes[at++]!;
    }
    length += LEAST_MATCH;
    if (distance === 0 || distance > write - outStart) {
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

/** Repeats bytes from `distance` before; where they overlap, what was just written counts. */
export function copyMatch(out: Uint8Array, at: number, distance: number, length: number): void {
  if (length > SHORT && distance >= length) {
    out.copyWithin(at, at - distance, at - distance + length);
  } else if (length > SHORT && distance === 1) {
    out.fill(out[at - 1]!, at, at + length);
  } else {
    for (const end = at + length; at < end; at++) out[at] = out[at - distance]!;
  }
}

function tooLong(length: number): Error {
  return fail(`Expected no more than ${length} bytes when decompressed`);
}

function fail(message: string): Error {
  return damaged('LZ4 block', message);
}
