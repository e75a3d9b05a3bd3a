// Assembly kernels in WebAssembly SIMD, compiled by AssemblyScript (`npm run build:kernels`).
// They turn rectangles of uint8 pixels into batch memory in one pass. Their meaning is defined by the
// TypeScript twin, `../reference-kernels.ts`, to which tests hold them bit for bit.
//
// Addresses and strides are in bytes of the imported memory; strides lead from one row to the next.
// `interleaved`: the pixels lie side by side at `plane0`, as in the batch, rather than in planes.
// `flip`: each row comes out with its last pixel first.
// `coefficients`: scale × 4, bias × 4; unused for integers.
//
// Rows are done in blocks of sixteen pixels. The last block ends where the row does and overlaps the
// one before it, so nothing is read or written outside the row; rows narrower than that go one by one.
import {
  interleaveHigh, interleaveLow, reverse1, reverse2, reverse3First, reverse3Second, reverse3Third,
  reverse4, rgb0, rgb1, rgb2,
} from './interleave';
import { put, putOne } from './put';

export { sumsU8 } from './sums';

const BLOCK: usize = 16;

export function pixelsF32(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool,
  target: usize, rows: u32, columns: usize, sourceStride: usize, targetStride: usize, flip: bool, coefficients: usize,
): void {
  pixels<f32>(plane0, plane1, plane2, plane3, channels, interleaved, target, rows, columns, sourceStride, targetStride, flip, coefficients);
}

export function pixelsI32(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool,
  target: usize, rows: u32, columns: usize, sourceStride: usize, targetStride: usize, flip: bool, coefficients: usize,
): void {
  pixels<i32>(plane0, plane1, plane2, plane3, channels, interleaved, target, rows, columns, sourceStride, targetStride, flip, coefficients);
}

export function pixelsU8(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool,
  target: usize, rows: u32, columns: usize, sourceStride: usize, targetStride: usize, flip: bool, coefficients: usize,
): void {
  pixels<u8>(plane0, plane1, plane2, plane3, channels, interleaved, target, rows, columns, sourceStride, targetStride, flip, coefficients);
}

/** Calls the loop that is made for this kind of row, row by row. */
@inline
function pixels<T>(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool,
  target: usize, rows: u32, columns: usize, sourceStride: usize, targetStride: usize, flip: bool, coefficients: usize,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    if (columns < BLOCK) {
      narrow<T>(plane0, plane1, plane2, plane3, channels, interleaved, flip, target, columns, coefficients);
    } else if (interleaved) {
      if (channels == 2) {
        if (flip) flippedPixels2<T>(plane0, target, columns, coefficients);
        else storedPixels2<T>(plane0, target, columns, coefficients);
      } else if (channels == 3) {
        if (flip) flippedPixels3<T>(plane0, target, columns, coefficients);
        else storedPixels3<T>(plane0, target, columns, coefficients);
      } else {
        if (flip) flippedPixels4<T>(plane0, target, columns, coefficients);
        else storedPixels4<T>(plane0, target, columns, coefficients);
      }
    } else if (channels == 1) {
      if (flip) flippedPlane<T>(plane0, target, columns, coefficients);
      else storedPlane<T>(plane0, target, columns, coefficients);
    } else if (channels == 2) {
      if (flip) flippedPlanes2<T>(plane0, plane1, target, columns, coefficients);
      else storedPlanes2<T>(plane0, plane1, target, columns, coefficients);
    } else if (channels == 3) {
      if (flip) flippedPlanes3<T>(plane0, plane1, plane2, target, columns, coefficients);
      else storedPlanes3<T>(plane0, plane1, plane2, target, columns, coefficients);
    } else {
      if (flip) flippedPlanes4<T>(plane0, plane1, plane2, plane3, target, columns, coefficients);
      else storedPlanes4<T>(plane0, plane1, plane2, plane3, target, columns, coefficients);
    }
    plane0 += sourceStride;
    plane1 += sourceStride;
    plane2 += sourceStride;
    plane3 += sourceStride;
    target += targetStride;
  }
}

// One function a loop, so that the flags are constants in it.

function storedPlane<T>(plane0: usize, target: usize, columns: usize, coefficients: usize): void {
  if (sizeof<T>() == 1) memory.copy(target, plane0, columns);
  else row1<T>(plane0, false, target, columns, coefficients);
}
function flippedPlane<T>(plane0: usize, target: usize, columns: usize, coefficients: usize): void {
  row1<T>(plane0, true, target, columns, coefficients);
}
function storedPlanes2<T>(plane0: usize, plane1: usize, target: usize, columns: usize, coefficients: usize): void {
  row2<T>(plane0, plane1, false, false, target, columns, coefficients);
}
function flippedPlanes2<T>(plane0: usize, plane1: usize, target: usize, columns: usize, coefficients: usize): void {
  row2<T>(plane0, plane1, false, true, target, columns, coefficients);
}
function storedPixels2<T>(plane0: usize, target: usize, columns: usize, coefficients: usize): void {
  row2<T>(plane0, 0, true, false, target, columns, coefficients);
}
function flippedPixels2<T>(plane0: usize, target: usize, columns: usize, coefficients: usize): void {
  row2<T>(plane0, 0, true, true, target, columns, coefficients);
}
function storedPlanes3<T>(plane0: usize, plane1: usize, plane2: usize, target: usize, columns: usize, coefficients: usize): void {
  row3<T>(plane0, plane1, plane2, false, false, target, columns, coefficients);
}
function flippedPlanes3<T>(plane0: usize, plane1: usize, plane2: usize, target: usize, columns: usize, coefficients: usize): void {
  row3<T>(plane0, plane1, plane2, false, true, target, columns, coefficients);
}
function storedPixels3<T>(plane0: usize, target: usize, columns: usize, coefficients: usize): void {
  row3<T>(plane0, 0, 0, true, false, target, columns, coefficients);
}
function flippedPixels3<T>(plane0: usize, target: usize, columns: usize, coefficients: usize): void {
  row3<T>(plane0, 0, 0, true, true, target, columns, coefficients);
}
function storedPlanes4<T>(plane0: usize, plane1: usize, plane2: usize, plane3: usize, target: usize, columns: usize, coefficients: usize): void {
  row4<T>(plane0, plane1, plane2, plane3, false, false, target, columns, coefficients);
}
function flippedPlanes4<T>(plane0: usize, plane1: usize, plane2: usize, plane3: usize, target: usize, columns: usize, coefficients: usize): void {
  row4<T>(plane0, plane1, plane2, plane3, false, true, target, columns, coefficients);
}
function storedPixels4<T>(plane0: usize, target: usize, columns: usize, coefficients: usize): void {
  row4<T>(plane0, 0, 0, 0, true, false, target, columns, coefficients);
}
function flippedPixels4<T>(plane0: usize, target: usize, columns: usize, coefficients: usize): void {
  row4<T>(plane0, 0, 0, 0, true, true, target, columns, coefficients);
}

@inline
function row1<T>(plane0: usize, flip: bool, target: usize, columns: usize, coefficients: usize): void {
  const scale = v128.load32_splat(coefficients);
  const bias = v128.load32_splat(coefficients, 16);
  const last = columns - BLOCK;
  for (let i: usize = 0; ; i = min(i + BLOCK, last)) {
    const to = target + i * sizeof<T>();
    put<T>(loadPlane(plane0, i, last, flip), to, scale, bias, scale, bias, scale, bias, scale, bias);
    if (i == last) return;
  }
}

@inline
function row2<T>(
  plane0: usize, plane1: usize, interleaved: bool, flip: bool, target: usize, columns: usize, coefficients: usize,
): void {
  const scale = v128.load64_splat(coefficients);
  const bias = v128.load64_splat(coefficients, 16);
  const last = columns - BLOCK;
  for (let i: usize = 0; ; i = min(i + BLOCK, last)) {
    const to = target + i * 2 * sizeof<T>();
    let v0: v128, v1: v128;
    if (interleaved) {
      const from = plane0 + (flip ? last - i : i) * 2;
      const a = v128.load(from);
      const b = v128.load(from, 16);
      v0 = flip ? reverse2(b) : a;
      v1 = flip ? reverse2(a) : b;
    } else {
      const a = loadPlane(plane0, i, last, flip);
      const b = loadPlane(plane1, i, last, flip);
      v0 = interleaveLow(a, b);
      v1 = interleaveHigh(a, b);
    }
    put<T>(v0, to, scale, bias, scale, bias, scale, bias, scale, bias);
    put<T>(v1, to + 16 * sizeof<T>(), scale, bias, scale, bias, scale, bias, scale, bias);
    if (i == last) return;
  }
}

@inline
function row3<T>(
  plane0: usize, plane1: usize, plane2: usize, interleaved: bool, flip: bool,
  target: usize, columns: usize, coefficients: usize,
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
  const last = columns - BLOCK;
  for (let i: usize = 0; ; i = min(i + BLOCK, last)) {
    const to = target + i * 3 * sizeof<T>();
    let v0: v128, v1: v128, v2: v128;
    if (interleaved) {
      const from = plane0 + (flip ? last - i : i) * 3;
      const a = v128.load(from);
      const b = v128.load(from, 16);
      const c = v128.load(from, 32);
      v0 = flip ? reverse3First(b, c) : a;
      v1 = flip ? reverse3Second(a, b, c) : b;
      v2 = flip ? reverse3Third(a, b) : c;
    } else {
      const a = loadPlane(plane0, i, last, flip);
      const b = loadPlane(plane1, i, last, flip);
      const c = loadPlane(plane2, i, last, flip);
      v0 = rgb0(a, b, c);
      v1 = rgb1(a, b, c);
      v2 = rgb2(a, b, c);
    }
    put<T>(v0, to, scale0, bias0, scale1, bias1, scale2, bias2, scale0, bias0);
    put<T>(v1, to + 16 * sizeof<T>(), scale1, bias1, scale2, bias2, scale0, bias0, scale1, bias1);
    put<T>(v2, to + 32 * sizeof<T>(), scale2, bias2, scale0, bias0, scale1, bias1, scale2, bias2);
    if (i == last) return;
  }
}

@inline
function row4<T>(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, interleaved: bool, flip: bool,
  target: usize, columns: usize, coefficients: usize,
): void {
  const scale = v128.load(coefficients);
  const bias = v128.load(coefficients, 16);
  const last = columns - BLOCK;
  for (let i: usize = 0; ; i = min(i + BLOCK, last)) {
    const to = target + i * 4 * sizeof<T>();
    let v0: v128, v1: v128, v2: v128, v3: v128;
    if (interleaved) {
      const from = plane0 + (flip ? last - i : i) * 4;
      const a = v128.load(from);
      const b = v128.load(from, 16);
      const c = v128.load(from, 32);
      const d = v128.load(from, 48);
      v0 = flip ? reverse4(d) : a;
      v1 = flip ? reverse4(c) : b;
      v2 = flip ? reverse4(b) : c;
      v3 = flip ? reverse4(a) : d;
    } else {
      const a = loadPlane(plane0, i, last, flip);
      const b = loadPlane(plane1, i, last, flip);
      const c = loadPlane(plane2, i, last, flip);
      const d = loadPlane(plane3, i, last, flip);
      const ac0 = interleaveLow(a, c);
      const bd0 = interleaveLow(b, d);
      const ac1 = interleaveHigh(a, c);
      const bd1 = interleaveHigh(b, d);
      v0 = interleaveLow(ac0, bd0);
      v1 = interleaveHigh(ac0, bd0);
      v2 = interleaveLow(ac1, bd1);
      v3 = interleaveHigh(ac1, bd1);
    }
    put<T>(v0, to, scale, bias, scale, bias, scale, bias, scale, bias);
    put<T>(v1, to + 16 * sizeof<T>(), scale, bias, scale, bias, scale, bias, scale, bias);
    put<T>(v2, to + 32 * sizeof<T>(), scale, bias, scale, bias, scale, bias, scale, bias);
    put<T>(v3, to + 48 * sizeof<T>(), scale, bias, scale, bias, scale, bias, scale, bias);
    if (i == last) return;
  }
}

/** Pixels `i` to `i + 16` of a plane's row as it is to come out. */
@inline
function loadPlane(plane: usize, i: usize, last: usize, flip: bool): v128 {
  return flip ? reverse1(v128.load(plane + last - i)) : v128.load(plane + i);
}

/** A row of less than sixteen pixels. */
function narrow<T>(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool, flip: bool,
  target: usize, columns: usize, coefficients: usize,
): void {
  const step: usize = interleaved ? <usize>channels : 1;
  for (let channel: u32 = 0; channel < channels; channel++) {
    let from = plane0 + channel;
    if (!interleaved) from = channel == 0 ? plane0 : channel == 1 ? plane1 : channel == 2 ? plane2 : plane3;
    const scale = load<f32>(coefficients + (channel << 2));
    const bias = load<f32>(coefficients + (channel << 2), 16);
    for (let i: usize = 0; i < columns; i++) {
      const pixel = flip ? columns - 1 - i : i;
      putOne<T>(load<u8>(from + pixel * step), target + (i * channels + channel) * sizeof<T>(), scale, bias);
    }
  }
}
