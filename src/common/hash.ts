/**
 * MurmurHash3_x86_32 (A. Appleby, public domain), unsigned: Python's `mmh3.hash(data, seed, signed=False)`.
 *
 * @param seed 32 bits of it count
 */
export function murmur3(bytes: Uint8Array, seed = 0): number {
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed >>> 0;
  for (let at = 0; at < whole; at += 4) {
    hash ^= scramble(
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24),
    );
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) >>> 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | bytes[at]!;
  if (whole < bytes.length) hash ^= scramble(tail);
  return mix(hash ^ bytes.length);
}

function scramble(word: number): number {
  word = Math.imul(word, 0xcc9e2d51);
  return Math.imul((word << 15) | (word >>> 17), 0x1b873593);
}

/** 64 bits that tell data apart, as 16 hexadecimal digits: no protection against forgery. */
export function digest(...parts: readonly (string | ArrayBufferView)[]): string {
  let [high, low] = [0, 0x9e3779b9];
  for (const part of parts) {
    const bytes =
      typeof part === 'string'
        ? new TextEncoder().encode(part)
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    high = murmur3(bytes, high);
    low = murmur3(bytes, low);
  }
  return [high, low].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** MurmurHash3's 32-bit finalizer (A. Appleby): every input bit changes about half of the output bits. */
export function mix(value: number): number {
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
