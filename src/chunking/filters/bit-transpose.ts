/**
 * Undoes bitshuffle's transposition of `elements` elements (a multiple of 8) of `size` bytes: stored
 * are the lowest bits of all elements' first bytes, then the next bits, …, then those of the second
 * bytes. Bit `i % 8` of byte `i / 8` belongs to element `i`.
 * Source: bitshuffle, `bshuf_untrans_bit_elem_scal` in `bitshuffle_core.c`; the 8 × 8 step is
 * Hacker's Delight's `transpose8`.
 *
 * @param start,outStart where the elements begin in `bytes` and in `out`
 */
export function untransposeBits(
  bytes: Uint8Array,
  start: number,
  elements: number,
  size: number,
  out: Uint8Array,
  outStart: number,
): void {
  const row = elements / 8;
  for (let byte = 0; byte < size; byte++) {
    const rows = start + byte * elements;
    let to = outStart + byte;
    for (let at = rows; at < rows + row; at++) {
      let low =
        bytes[at]! |
        (bytes[at + row]! << 8) |
        (bytes[at + 2 * row]! << 16) |
        (bytes[at + 3 * row]! << 24);
      let high =
        bytes[at + 4 * row]! |
        (bytes[at + 5 * row]! << 8) |
        (bytes[at + 6 * row]! << 16) |
        (bytes[at + 7 * row]! << 24);
      // Swaps bits within 2 × 2 squares, then 2 × 2 squares within 4 × 4, then these.
      let swap = (low ^ (low >>> 7)) & 0x00aa00aa;
      low ^= swap ^ (swap << 7);
      swap = (high ^ (high >>> 7)) & 0x00aa00aa;
      high ^= swap ^ (swap << 7);
      swap = (low ^ (low >>> 14)) & 0x0000cccc;
      low ^= swap ^ (swap << 14);
      swap = (high ^ (high >>> 14)) & 0x0000cccc;
      high ^= swap ^ (swap << 14);
      const first = (low & 0x0f0f0f0f) | ((high & 0x0f0f0f0f) << 4);
      const second = ((low >>> 4) & 0x0f0f0f0f) | (high & 0xf0f0f0f0);
      out[to] = first;
      out[to + size] = first >>> 8;
      out[to + 2 * size] = first >>> 16;
      out[to + 3 * size] = first >>> 24;
      out[to + 4 * size] = second;
      out[to + 5 * size] = second >>> 8;
      out[to + 6 * size] = second >>> 16;
      out[to + 7 * size] = second >>> 24;
      to += 8 * size;
    }
  }
}
