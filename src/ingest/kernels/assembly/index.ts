// Kernels of the ingest in WebAssembly SIMD, compiled by AssemblyScript (`npm run build:kernels`).
// Their meaning is defined in TypeScript by `../../planes.ts` and `../../plane-sums.ts`, to which tests
// hold them bit for bit.
export { sumsU8 } from '../../../common/assembly/sums';
export { distancesF32, sumF32, sumsU16 } from './sums';
import { split2, split3, split4 } from './split';

/**
 * Splits `pixels` pixels of `channels` elements of `size` bytes, side by side at `source`, into one
 * plane for each channel. The planes begin at `target`, each `planeStride` bytes after the one before.
 */
export function split(
  source: usize, target: usize, planeStride: usize, pixels: usize, channels: u32, size: u32,
): void {
  if (channels == 1) memory.copy(target, source, pixels * size);
  else if (size == 1) splitOf<u8>(source, target, planeStride, pixels, channels);
  else if (size == 2) splitOf<u16>(source, target, planeStride, pixels, channels);
  else splitOf<u32>(source, target, planeStride, pixels, channels);
}

/** Blocks of a vector a plane; the last one ends where the plane does and overlaps the one before it. */
@inline
function splitOf<T>(source: usize, target: usize, planeStride: usize, pixels: usize, channels: u32): void {
  const block: usize = 16 / sizeof<T>();
  if (pixels < block) few<T>(source, target, planeStride, pixels, channels);
  else if (channels == 2) split2<T>(source, target, planeStride, pixels - block);
  else if (channels == 3) split3<T>(source, target, planeStride, pixels - block);
  else split4<T>(source, target, planeStride, pixels - block);
}

/** Less than a block. */
function few<T>(source: usize, target: usize, planeStride: usize, pixels: usize, channels: u32): void {
  for (let channel: usize = 0; channel < channels; channel++) {
    for (let pixel: usize = 0; pixel < pixels; pixel++) {
      const value = load<T>(source + (pixel * channels + channel) * sizeof<T>());
      store<T>(target + channel * planeStride + pixel * sizeof<T>(), value);
    }
  }
}
