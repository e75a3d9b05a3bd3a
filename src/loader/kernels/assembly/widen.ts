// Elements on their way into the batch: uint8 → T, which is u8, i32 or f32. A float is
// x * scale + bias in single precision, multiplied and then added.
import { STEP } from './pack';

/** `pixels` pixels, sixteen or more, whose bytes lie as they will in the batch. */
@inline
export function widen<T>(channels: u32, from: usize, to: usize, pixels: usize, coefficients: usize): void {
  const bytes = pixels * channels;
  if (sizeof<T>() == 1) {
    memory.copy(to, from, bytes);
  } else if (channels == 3) {
    const scales = v128.load(coefficients);
    const biases = v128.load(coefficients, 16);
    // Twelve floats hold four pixels: the coefficients repeat with period three over the vectors.
    widen3<T>(
      from, to, bytes,
      v128.shuffle<f32>(scales, scales, 0, 1, 2, 0), v128.shuffle<f32>(biases, biases, 0, 1, 2, 0),
      v128.shuffle<f32>(scales, scales, 1, 2, 0, 1), v128.shuffle<f32>(biases, biases, 1, 2, 0, 1),
      v128.shuffle<f32>(scales, scales, 2, 0, 1, 2), v128.shuffle<f32>(biases, biases, 2, 0, 1, 2),
    );
  } else if (channels == 1) {
    widenAlike<T>(from, to, bytes, v128.load32_splat(coefficients), v128.load32_splat(coefficients, 16));
  } else if (channels == 2) {
    widenAlike<T>(from, to, bytes, v128.load64_splat(coefficients), v128.load64_splat(coefficients, 16));
  } else {
    widenAlike<T>(from, to, bytes, v128.load(coefficients), v128.load(coefficients, 16));
  }
}

/** With the same coefficients for each vector of four. The last sixteen bytes may overlap those before them by whole pixels. */
function widenAlike<T>(from: usize, to: usize, bytes: usize, scale: v128, bias: v128): void {
  const last = bytes - 16;
  for (let i: usize = 0; ; i = min(i + 16, last)) {
    put<T>(v128.load(from + i), to + i * 4, scale, bias, scale, bias, scale, bias, scale, bias);
    if (i == last) return;
  }
}

function widen3<T>(
  from: usize, to: usize, bytes: usize,
  scale0: v128, bias0: v128, scale1: v128, bias1: v128, scale2: v128, bias2: v128,
): void {
  const last = bytes - 3 * STEP;
  for (let i: usize = 0; ; i = min(i + 3 * STEP, last)) {
    const at = to + i * 4;
    put<T>(v128.load(from + i), at, scale0, bias0, scale1, bias1, scale2, bias2, scale0, bias0);
    put<T>(v128.load(from + i, 16), at + 64, scale1, bias1, scale2, bias2, scale0, bias0, scale1, bias1);
    put<T>(v128.load(from + i, 32), at + 128, scale2, bias2, scale0, bias0, scale1, bias1, scale2, bias2);
    if (i == last) return;
  }
}

/** Sixteen bytes → sixteen elements; as floats with one pair of coefficients for each vector of four. */
@inline
function put<T>(
  bytes: v128, to: usize,
  scale0: v128, bias0: v128, scale1: v128, bias1: v128,
  scale2: v128, bias2: v128, scale3: v128, bias3: v128,
): void {
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
