// Byte shuffles: sixteen pixels of each channel → pixels side by side, and pixels in reverse.
// Three channels take a swizzle a source (lane -1 gives 0) and an OR: V8 makes one instruction of a
// swizzle with constant lanes, but four or five of a shuffle of two vectors that no instruction fits.

@inline
export function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

@inline
export function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Pixels 0 to 5⅓ of sixteen, interleaved by three: r0 g0 b0 r1 g1 b1 … r5. */
@inline
export function rgb0(r: v128, g: v128, b: v128): v128 {
  const rs = i8x16.swizzle(r, i8x16(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5));
  const gs = i8x16.swizzle(g, i8x16(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1));
  const bs = i8x16.swizzle(b, i8x16(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1));
  return v128.or(v128.or(rs, gs), bs);
}

/** g5 b5 r6 g6 b6 … b9 r10 g10. */
@inline
export function rgb1(r: v128, g: v128, b: v128): v128 {
  const rs = i8x16.swizzle(r, i8x16(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1));
  const gs = i8x16.swizzle(g, i8x16(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10));
  const bs = i8x16.swizzle(b, i8x16(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1));
  return v128.or(v128.or(rs, gs), bs);
}

/** b10 r11 g11 b11 … r15 g15 b15. */
@inline
export function rgb2(r: v128, g: v128, b: v128): v128 {
  const rs = i8x16.swizzle(r, i8x16(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1));
  const gs = i8x16.swizzle(g, i8x16(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1));
  const bs = i8x16.swizzle(b, i8x16(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15));
  return v128.or(v128.or(rs, gs), bs);
}

/** Sixteen one-byte pixels, the last one first. */
@inline
export function reverse1(a: v128): v128 {
  return v128.shuffle<u8>(a, a, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/** Eight two-byte pixels, the last one first. */
@inline
export function reverse2(a: v128): v128 {
  return v128.shuffle<u8>(a, a, 14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1);
}

/** Four four-byte pixels, the last one first. */
@inline
export function reverse4(a: v128): v128 {
  return v128.shuffle<u8>(a, a, 12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
}

/** The first vector of sixteen three-byte pixels in reverse: pixels 15, 14, 13, 12, 11 and byte 0 of 10. */
@inline
export function reverse3First(b: v128, c: v128): v128 {
  const bs = i8x16.swizzle(b, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 14));
  const cs = i8x16.swizzle(c, i8x16(13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, -1));
  return v128.or(bs, cs);
}

/** The second: bytes 1 and 2 of pixel 10, pixels 9, 8, 7, 6, bytes 0 and 1 of pixel 5. */
@inline
export function reverse3Second(a: v128, b: v128, c: v128): v128 {
  const low = i8x16.swizzle(a, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 15, -1));
  const bs = i8x16.swizzle(b, i8x16(15, -1, 11, 12, 13, 8, 9, 10, 5, 6, 7, 2, 3, 4, -1, 0));
  const cs = i8x16.swizzle(c, i8x16(-1, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  return v128.or(v128.or(low, bs), cs);
}

/** The third: byte 2 of pixel 5, pixels 4 to 0. */
@inline
export function reverse3Third(a: v128, b: v128): v128 {
  const low = i8x16.swizzle(a, i8x16(-1, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2));
  const bs = i8x16.swizzle(b, i8x16(1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  return v128.or(low, bs);
}
