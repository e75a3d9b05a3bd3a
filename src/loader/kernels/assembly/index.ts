// Assembly kernels in WebAssembly SIMD, compiled by AssemblyScript (`npm run build:kernels`).
// They turn planar uint8 pixels into batch memory in one pass. Their meaning is defined by the
// TypeScript twin, `../reference-kernels.ts`, to which tests hold them bit for bit.
//
// Addresses are byte addresses in the imported memory; `count` is pixels per plane.
// A float result is x * scale[c] + bias[c] in single precision, multiplied and then added.

/** NHWC (or one plane): uint8 planes → float32 pixels. `coefficients`: scale × 4, bias × 4. */
export function pixelsF32(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize,
  channels: i32, target: usize, count: usize, coefficients: usize,
): void {
  if (channels == 1) f32Pixels1(plane0, target, count, coefficients);
  else if (channels == 2) f32Pixels2(plane0, plane1, target, count, coefficients);
  else if (channels == 3) f32Pixels3(plane0, plane1, plane2, target, count, coefficients);
  else f32Pixels4(plane0, plane1, plane2, plane3, target, count, coefficients);
}

/** NHWC (or one plane): uint8 planes → int32 pixels. */
export function pixelsI32(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize,
  channels: i32, target: usize, count: usize,
): void {
  const whole = count & ~15;
  for (let i: usize = 0; i < whole; i += 16) {
    const to = target + ((i * channels) << 2);
    const a = v128.load(plane0 + i);
    if (channels == 1) {
      storeI32(a, to);
      continue;
    }
    const b = v128.load(plane1 + i);
    if (channels == 2) {
      storeI32(interleaveLow(a, b), to);
      storeI32(interleaveHigh(a, b), to + 64);
      continue;
    }
    const c = v128.load(plane2 + i);
    if (channels == 3) {
      storeI32(rgb0(a, b, c), to);
      storeI32(rgb1(a, b, c), to + 64);
      storeI32(rgb2(a, b, c), to + 128);
      continue;
    }
    const d = v128.load(plane3 + i);
    const ac0 = interleaveLow(a, c);
    const bd0 = interleaveLow(b, d);
    const ac1 = interleaveHigh(a, c);
    const bd1 = interleaveHigh(b, d);
    storeI32(interleaveLow(ac0, bd0), to);
    storeI32(interleaveHigh(ac0, bd0), to + 64);
    storeI32(interleaveLow(ac1, bd1), to + 128);
    storeI32(interleaveHigh(ac1, bd1), to + 192);
  }
  for (let i: usize = whole; i < count; i++) {
    const to = target + ((i * channels) << 2);
    store<i32>(to, <i32>load<u8>(plane0 + i));
    if (channels > 1) store<i32>(to + 4, <i32>load<u8>(plane1 + i));
    if (channels > 2) store<i32>(to + 8, <i32>load<u8>(plane2 + i));
    if (channels > 3) store<i32>(to + 12, <i32>load<u8>(plane3 + i));
  }
}

/** NHWC: uint8 planes → uint8 pixels. */
export function pixelsU8(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize,
  channels: i32, target: usize, count: usize,
): void {
  if (channels == 1) {
    memory.copy(target, plane0, count);
    return;
  }
  const whole = count & ~15;
  for (let i: usize = 0; i < whole; i += 16) {
    const to = target + i * channels;
    const a = v128.load(plane0 + i);
    const b = v128.load(plane1 + i);
    if (channels == 2) {
      v128.store(to, interleaveLow(a, b));
      v128.store(to, interleaveHigh(a, b), 16);
      continue;
    }
    const c = v128.load(plane2 + i);
    if (channels == 3) {
      v128.store(to, rgb0(a, b, c));
      v128.store(to, rgb1(a, b, c), 16);
      v128.store(to, rgb2(a, b, c), 32);
      continue;
    }
    const d = v128.load(plane3 + i);
    const ac0 = interleaveLow(a, c);
    const bd0 = interleaveLow(b, d);
    const ac1 = interleaveHigh(a, c);
    const bd1 = interleaveHigh(b, d);
    v128.store(to, interleaveLow(ac0, bd0));
    v128.store(to, interleaveHigh(ac0, bd0), 16);
    v128.store(to, interleaveLow(ac1, bd1), 32);
    v128.store(to, interleaveHigh(ac1, bd1), 48);
  }
  for (let i: usize = whole; i < count; i++) {
    const to = target + i * channels;
    store<u8>(to, load<u8>(plane0 + i));
    store<u8>(to + 1, load<u8>(plane1 + i));
    if (channels > 2) store<u8>(to + 2, load<u8>(plane2 + i));
    if (channels > 3) store<u8>(to + 3, load<u8>(plane3 + i));
  }
}

function f32Pixels1(plane0: usize, target: usize, count: usize, coefficients: usize): void {
  const scale = f32x4.splat(load<f32>(coefficients));
  const bias = f32x4.splat(load<f32>(coefficients, 16));
  const whole = count & ~15;
  for (let i: usize = 0; i < whole; i += 16) {
    storeF32(v128.load(plane0 + i), target + (i << 2), scale, bias, scale, bias, scale, bias, scale, bias);
  }
  tailF32(plane0, 0, 1, target, whole, count, coefficients);
}

function f32Pixels2(plane0: usize, plane1: usize, target: usize, count: usize, coefficients: usize): void {
  const scale = v128.load64_splat(coefficients);
  const bias = v128.load64_splat(coefficients, 16);
  const whole = count & ~15;
  for (let i: usize = 0; i < whole; i += 16) {
    const a = v128.load(plane0 + i);
    const b = v128.load(plane1 + i);
    const to = target + (i << 3);
    storeF32(interleaveLow(a, b), to, scale, bias, scale, bias, scale, bias, scale, bias);
    storeF32(interleaveHigh(a, b), to + 64, scale, bias, scale, bias, scale, bias, scale, bias);
  }
  tailF32(plane0, 0, 2, target, whole, count, coefficients);
  tailF32(plane1, 1, 2, target, whole, count, coefficients);
}

function f32Pixels3(
  plane0: usize, plane1: usize, plane2: usize, target: usize, count: usize, coefficients: usize,
): void {
  // Twelve floats hold four pixels: the coefficients repeat with period three over the vectors.
  const scales = v128.load(coefficients);
  const biases = v128.load(coefficients, 16);
  const scale0 = v128.shuffle<f32>(scales, scales, 0, 1, 2, 0);
  const scale1 = v128.shuffle<f32>(scales, scales, 1, 2, 0, 1);
  const scale2 = v128.shuffle<f32>(scales, scales, 2, 0, 1, 2);
  const bias0 = v128.shuffle<f32>(biases, biases, 0, 1, 2, 0);
  const bias1 = v128.shuffle<f32>(biases, biases, 1, 2, 0, 1);
  const bias2 = v128.shuffle<f32>(biases, biases, 2, 0, 1, 2);
  const whole = count & ~15;
  for (let i: usize = 0; i < whole; i += 16) {
    const a = v128.load(plane0 + i);
    const b = v128.load(plane1 + i);
    const c = v128.load(plane2 + i);
    const to = target + i * 12;
    storeF32(rgb0(a, b, c), to, scale0, bias0, scale1, bias1, scale2, bias2, scale0, bias0);
    storeF32(rgb1(a, b, c), to + 64, scale1, bias1, scale2, bias2, scale0, bias0, scale1, bias1);
    storeF32(rgb2(a, b, c), to + 128, scale2, bias2, scale0, bias0, scale1, bias1, scale2, bias2);
  }
  tailF32(plane0, 0, 3, target, whole, count, coefficients);
  tailF32(plane1, 1, 3, target, whole, count, coefficients);
  tailF32(plane2, 2, 3, target, whole, count, coefficients);
}

function f32Pixels4(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize,
  target: usize, count: usize, coefficients: usize,
): void {
  const scale = v128.load(coefficients);
  const bias = v128.load(coefficients, 16);
  const whole = count & ~15;
  for (let i: usize = 0; i < whole; i += 16) {
    const a = v128.load(plane0 + i);
    const b = v128.load(plane1 + i);
    const c = v128.load(plane2 + i);
    const d = v128.load(plane3 + i);
    const ac0 = interleaveLow(a, c);
    const bd0 = interleaveLow(b, d);
    const ac1 = interleaveHigh(a, c);
    const bd1 = interleaveHigh(b, d);
    const to = target + (i << 4);
    storeF32(interleaveLow(ac0, bd0), to, scale, bias, scale, bias, scale, bias, scale, bias);
    storeF32(interleaveHigh(ac0, bd0), to + 64, scale, bias, scale, bias, scale, bias, scale, bias);
    storeF32(interleaveLow(ac1, bd1), to + 128, scale, bias, scale, bias, scale, bias, scale, bias);
    storeF32(interleaveHigh(ac1, bd1), to + 192, scale, bias, scale, bias, scale, bias, scale, bias);
  }
  tailF32(plane0, 0, 4, target, whole, count, coefficients);
  tailF32(plane1, 1, 4, target, whole, count, coefficients);
  tailF32(plane2, 2, 4, target, whole, count, coefficients);
  tailF32(plane3, 3, 4, target, whole, count, coefficients);
}

/** The pixels after the last whole vector, one channel at a time. */
function tailF32(
  plane: usize, channel: usize, channels: usize, target: usize, from: usize, count: usize, coefficients: usize,
): void {
  const scale = load<f32>(coefficients + (channel << 2));
  const bias = load<f32>(coefficients + (channel << 2), 16);
  for (let i = from; i < count; i++) {
    const value = <f32>load<u8>(plane + i) * scale;
    store<f32>(target + ((i * channels + channel) << 2), value + bias);
  }
}

/** Sixteen bytes → sixteen floats, with one pair of coefficients for each vector of four. */
@inline
function storeF32(
  bytes: v128, to: usize,
  scale0: v128, bias0: v128, scale1: v128, bias1: v128,
  scale2: v128, bias2: v128, scale3: v128, bias3: v128,
): void {
  const low = i16x8.extend_low_i8x16_u(bytes);
  const high = i16x8.extend_high_i8x16_u(bytes);
  v128.store(to, affine(i32x4.extend_low_i16x8_u(low), scale0, bias0));
  v128.store(to, affine(i32x4.extend_high_i16x8_u(low), scale1, bias1), 16);
  v128.store(to, affine(i32x4.extend_low_i16x8_u(high), scale2, bias2), 32);
  v128.store(to, affine(i32x4.extend_high_i16x8_u(high), scale3, bias3), 48);
}

@inline
function affine(integers: v128, scale: v128, bias: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(integers), scale), bias);
}

@inline
function storeI32(bytes: v128, to: usize): void {
  const low = i16x8.extend_low_i8x16_u(bytes);
  const high = i16x8.extend_high_i8x16_u(bytes);
  v128.store(to, i32x4.extend_low_i16x8_u(low));
  v128.store(to, i32x4.extend_high_i16x8_u(low), 16);
  v128.store(to, i32x4.extend_low_i16x8_u(high), 32);
  v128.store(to, i32x4.extend_high_i16x8_u(high), 48);
}

@inline
function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

@inline
function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Pixels 0 to 5⅓ of sixteen, interleaved by three: r0 g0 b0 r1 g1 b1 … r5. */
@inline
function rgb0(r: v128, g: v128, b: v128): v128 {
  const rg = v128.shuffle<u8>(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  return v128.shuffle<u8>(rg, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
}

/** g5 b5 r6 g6 b6 … b9 r10 g10. */
@inline
function rgb1(r: v128, g: v128, b: v128): v128 {
  const rg = v128.shuffle<u8>(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  return v128.shuffle<u8>(rg, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
}

/** b10 r11 g11 b11 … r15 g15 b15. */
@inline
function rgb2(r: v128, g: v128, b: v128): v128 {
  const rg = v128.shuffle<u8>(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  return v128.shuffle<u8>(rg, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
}
