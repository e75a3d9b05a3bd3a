// Elements on their way into the batch: uint8 → T, which is u8, i32 or f32.

/**
 * Sixteen bytes → sixteen elements; as floats with one pair of coefficients for each vector of four.
 * A float is x * scale + bias in single precision, multiplied and then added.
 */
@inline
export function put<T>(
  bytes: v128, to: usize,
  scale0: v128, bias0: v128, scale1: v128, bias1: v128,
  scale2: v128, bias2: v128, scale3: v128, bias3: v128,
): void {
  if (sizeof<T>() == 1) {
    v128.store(to, bytes);
    return;
  }
  // A swizzle with constant lanes is one instruction, where extending twice would be one and a half.
  const first = i8x16.swizzle(bytes, i8x16(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, 3, -1, -1, -1));
  const second = i8x16.swizzle(bytes, i8x16(4, -1, -1, -1, 5, -1, -1, -1, 6, -1, -1, -1, 7, -1, -1, -1));
  const third = i8x16.swizzle(bytes, i8x16(8, -1, -1, -1, 9, -1, -1, -1, 10, -1, -1, -1, 11, -1, -1, -1));
  const fourth = i8x16.swizzle(bytes, i8x16(12, -1, -1, -1, 13, -1, -1, -1, 14, -1, -1, -1, 15, -1, -1, -1));
  v128.store(to, convert<T>(first, scale0, bias0));
  v128.store(to, convert<T>(second, scale1, bias1), 16);
  v128.store(to, convert<T>(third, scale2, bias2), 32);
  v128.store(to, convert<T>(fourth, scale3, bias3), 48);
}

@inline
function convert<T>(integers: v128, scale: v128, bias: v128): v128 {
  if (isFloat<T>()) return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(integers), scale), bias);
  return integers;
}

/** One byte → one element. */
@inline
export function putOne<T>(value: u8, to: usize, scale: f32, bias: f32): void {
  if (isFloat<T>()) {
    const multiplied = <f32>value * scale;
    store<f32>(to, multiplied + bias);
  } else {
    store<T>(to, <T>value);
  }
}
