import { inflateSync } from 'node:zlib';

/**
 * Inflates a zlib stream to at most `maxLength` bytes, with Node's zlib.
 *
 * @throws zlib's own error when the stream is damaged or yields more than `maxLength` bytes.
 */
export function inflate(bytes: Uint8Array, maxLength: number): Uint8Array {
  // DEFLATE expands at most 1032 times, so a small stream never makes us allocate a large buffer;
  // the spare byte saves zlib a second buffer when the output has the expected length.
  const expected = Math.min(maxLength, bytes.length * 1032) + 1;
  return inflateSync(bytes, {
    maxOutputLength: Math.max(1, maxLength),
    chunkSize: Math.max(64, expected),
  });
}
