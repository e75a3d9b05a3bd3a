/**
 * Bob Jenkins' lookup3 `hashlittle` with initial value 0, over `bytes[start, end)`: the checksum
 * of HDF5's metadata blocks.
 *
 * Source: HDF5 File Format Specification, "Superblock Checksum"; burtleburtle.net/bob/c/lookup3.c.
 */
export function lookup3(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let a = (0xdeadbeef + (end - start)) | 0;
  let b = a;
  let c = a;
  let at = start;
  for (; end - at > 12; at += 12) {
    a = (a + view.getInt32(at, true)) | 0;
    b = (b + view.getInt32(at + 4, true)) | 0;
    c = (c + view.getInt32(at + 8, true)) | 0;
    a = ((a - c) ^ ((c << 4) | (c >>> 28))) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ ((a << 6) | (a >>> 26))) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ ((b << 8) | (b >>> 24))) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ ((c << 16) | (c >>> 16))) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ ((a << 19) | (a >>> 13))) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ ((b << 4) | (b >>> 28))) | 0;
    b = (b + a) | 0;
  }
  if (at === end) return c >>> 0;
  a = (a + word(bytes, at, end)) | 0;
  b = (b + word(bytes, at + 4, end)) | 0;
  c = (c + word(bytes, at + 8, end)) | 0;
  c = ((c ^ b) - ((b << 14) | (b >>> 18))) | 0;
  a = ((a ^ c) - ((c << 11) | (c >>> 21))) | 0;
  b = ((b ^ a) - ((a << 25) | (a >>> 7))) | 0;
  c = ((c ^ b) - ((b << 16) | (b >>> 16))) | 0;
  a = ((a ^ c) - ((c << 4) | (c >>> 28))) | 0;
  b = ((b ^ a) - ((a << 14) | (a >>> 18))) | 0;
  c = ((c ^ b) - ((b << 24) | (b >>> 8))) | 0;
  return c >>> 0;
}

/** Little-endian 32-bit word of the last 1 to 12 bytes; bytes beyond `end` count as zero. */
function word(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = Math.min(end, at + 4) - 1; i >= at; i--) value = (value << 8) | bytes[i]!;
  return value;
}
