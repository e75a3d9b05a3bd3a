// Assembly kernels in WebAssembly SIMD, compiled by AssemblyScript (`npm run build:kernels`).
// They turn rectangles of uint8 pixels into batch memory in one pass. Their meaning is defined by the
// TypeScript twin, `../reference-kernels.ts`, to which tests hold them bit for bit.
//
// Addresses and strides are in bytes of the imported memory; strides lead from one row to the next.
// `interleaved`: the pixels lie side by side at `plane0`, as in the batch, rather than in planes.
// `flip`: each row comes out with its last pixel first.
// `coefficients`: scale × 4, bias × 4; unused for integers.
// `block`: room for `BLOCK` pixels, which nobody else uses meanwhile.
//
// A row is done by blocks that stay in the first-level cache: its bytes are packed in the order of the
// batch, then widened. Stores to memory then follow one another without loads and shuffles in between,
// which takes half the time of a single loop where batches don't fit the cache.
import { BLOCK, STEP, pack } from './pack';
import { putOne, widen } from './widen';

export { sumsU8 } from '../../../common/assembly/sums';

export function pixelsF32(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool, target: usize,
  rows: u32, columns: usize, sourceStride: usize, targetStride: usize, flip: bool, coefficients: usize, block: usize,
): void {
  pixels<f32>(plane0, plane1, plane2, plane3, channels, interleaved, target, rows, columns, sourceStride, targetStride, flip, coefficients, block);
}

export function pixelsI32(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool, target: usize,
  rows: u32, columns: usize, sourceStride: usize, targetStride: usize, flip: bool, coefficients: usize, block: usize,
): void {
  pixels<i32>(plane0, plane1, plane2, plane3, channels, interleaved, target, rows, columns, sourceStride, targetStride, flip, coefficients, block);
}

export function pixelsU8(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool, target: usize,
  rows: u32, columns: usize, sourceStride: usize, targetStride: usize, flip: bool, coefficients: usize, block: usize,
): void {
  pixels<u8>(plane0, plane1, plane2, plane3, channels, interleaved, target, rows, columns, sourceStride, targetStride, flip, coefficients, block);
}

@inline
function pixels<T>(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool, target: usize,
  rows: u32, columns: usize, sourceStride: usize, targetStride: usize, flip: bool, coefficients: usize, block: usize,
): void {
  // The bytes of a row lie in the source as they will in the batch.
  const packed = !flip && (interleaved || channels == 1);
  for (let row: u32 = 0; row < rows; row++) {
    if (columns < STEP) {
      narrow<T>(plane0, plane1, plane2, plane3, channels, interleaved, flip, target, columns, coefficients);
    } else if (packed) {
      widen<T>(channels, plane0, target, columns, coefficients);
    } else if (sizeof<T>() == 1) {
      pack(plane0, plane1, plane2, plane3, channels, interleaved, flip, columns, 0, columns, target);
    } else {
      for (let from: usize = 0; ; ) {
        const end = min(from + BLOCK, columns);
        pack(plane0, plane1, plane2, plane3, channels, interleaved, flip, columns, from, end, block);
        widen<T>(channels, block, target + from * channels * sizeof<T>(), end - from, coefficients);
        if (end == columns) break;
        // Less than a step that is left is done with pixels before it, again.
        from = min(end, columns - STEP);
      }
    }
    plane0 += sourceStride;
    plane1 += sourceStride;
    plane2 += sourceStride;
    plane3 += sourceStride;
    target += targetStride;
  }
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
