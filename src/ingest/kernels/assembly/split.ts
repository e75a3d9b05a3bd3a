// Loops that split pixels; `last` is the pixel at which the last block begins.
// Three channels take a swizzle a source (lane -1 gives 0) and an OR: V8 makes one instruction of a
// swizzle with constant lanes, but four or five of a shuffle of two vectors that no instruction fits.

export function split2<T>(source: usize, target: usize, planeStride: usize, last: usize): void {
  const block: usize = 16 / sizeof<T>();
  for (let i: usize = 0; ; i = min(i + block, last)) {
    const from = source + i * 2 * sizeof<T>();
    const to = target + i * sizeof<T>();
    const a = v128.load(from);
    const b = v128.load(from, 16);
    v128.store(to, evens<T>(a, b));
    v128.store(to + planeStride, odds<T>(a, b));
    if (i == last) return;
  }
}

export function split4<T>(source: usize, target: usize, planeStride: usize, last: usize): void {
  const block: usize = 16 / sizeof<T>();
  for (let i: usize = 0; ; i = min(i + block, last)) {
    const from = source + i * 4 * sizeof<T>();
    const to = target + i * sizeof<T>();
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const ab0 = evens<T>(a, b);
    const cd0 = evens<T>(c, d);
    const ab1 = odds<T>(a, b);
    const cd1 = odds<T>(c, d);
    v128.store(to, evens<T>(ab0, cd0));
    v128.store(to + planeStride, evens<T>(ab1, cd1));
    v128.store(to + 2 * planeStride, odds<T>(ab0, cd0));
    v128.store(to + 3 * planeStride, odds<T>(ab1, cd1));
    if (i == last) return;
  }
}

export function split3<T>(source: usize, target: usize, planeStride: usize, last: usize): void {
  const block: usize = 16 / sizeof<T>();
  for (let i: usize = 0; ; i = min(i + block, last)) {
    const from = source + i * 3 * sizeof<T>();
    const to = target + i * sizeof<T>();
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    v128.store(to, third0<T>(a, b, c));
    v128.store(to + planeStride, third1<T>(a, b, c));
    v128.store(to + 2 * planeStride, third2<T>(a, b, c));
    if (i == last) return;
  }
}

@inline
function evens<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 1) return v128.shuffle<u8>(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  if (sizeof<T>() == 2) return v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  return v128.shuffle<u32>(a, b, 0, 2, 4, 6);
}

@inline
function odds<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 1) return v128.shuffle<u8>(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  if (sizeof<T>() == 2) return v128.shuffle<u16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  return v128.shuffle<u32>(a, b, 1, 3, 5, 7);
}

/** Every third element of three vectors, from the first on. */
@inline
function third0<T>(a: v128, b: v128, c: v128): v128 {
  if (sizeof<T>() == 1) {
    return or3(
      i8x16.swizzle(a, i8x16(0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(b, i8x16(-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1)),
      i8x16.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13)),
    );
  }
  if (sizeof<T>() == 2) {
    return or3(
      i8x16.swizzle(a, i8x16(0, 1, 6, 7, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(b, i8x16(-1, -1, -1, -1, -1, -1, 2, 3, 8, 9, 14, 15, -1, -1, -1, -1)),
      i8x16.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 4, 5, 10, 11)),
    );
  }
  return v128.shuffle<u32>(v128.shuffle<u32>(a, b, 0, 3, 6, 6), c, 0, 1, 2, 5);
}

/** From the second on. */
@inline
function third1<T>(a: v128, b: v128, c: v128): v128 {
  if (sizeof<T>() == 1) {
    return or3(
      i8x16.swizzle(a, i8x16(1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(b, i8x16(-1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1)),
      i8x16.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14)),
    );
  }
  if (sizeof<T>() == 2) {
    return or3(
      i8x16.swizzle(a, i8x16(2, 3, 8, 9, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(b, i8x16(-1, -1, -1, -1, -1, -1, 4, 5, 10, 11, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 6, 7, 12, 13)),
    );
  }
  return v128.shuffle<u32>(v128.shuffle<u32>(a, b, 1, 4, 7, 7), c, 0, 1, 2, 6);
}

/** From the third on. */
@inline
function third2<T>(a: v128, b: v128, c: v128): v128 {
  if (sizeof<T>() == 1) {
    return or3(
      i8x16.swizzle(a, i8x16(2, 5, 8, 11, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(b, i8x16(-1, -1, -1, -1, -1, 1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15)),
    );
  }
  if (sizeof<T>() == 2) {
    return or3(
      i8x16.swizzle(a, i8x16(4, 5, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(b, i8x16(-1, -1, -1, -1, 0, 1, 6, 7, 12, 13, -1, -1, -1, -1, -1, -1)),
      i8x16.swizzle(c, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 3, 8, 9, 14, 15)),
    );
  }
  return v128.shuffle<u32>(v128.shuffle<u32>(a, b, 2, 5, 5, 5), c, 0, 1, 4, 7);
}

@inline
function or3(a: v128, b: v128, c: v128): v128 {
  return v128.or(v128.or(a, b), c);
}
