import type { PixelArray, PixelDtype } from '../pixel-types.js';
import { pixelTypes } from '../pixel-types.js';

/** The largest value: white. */
export const whiteOf: Readonly<Record<PixelDtype, number>> = {
  uint8: 255,
  uint16: 65_535,
  float32: 1,
};

/**
 * Samples between 0 and `white` as those of another type, between 0 and its white: to the nearest
 * whole number, halves up (PNG, third edition, 13.12, "linear equation"). So 8 bits to 16 is × 257,
 * 16 bits to 8 undoes it, and floats are between 0 and 1.
 *
 * @param white what stands for white in `samples`; larger values are white too.
 */
export function rescale(
  samples: Uint8Array | Uint16Array,
  white: number,
  dtype: PixelDtype,
): PixelArray {
  const to = whiteOf[dtype];
  if (dtype === 'uint8' && white === to && samples instanceof Uint8Array) return samples;
  if (dtype === 'uint16' && white === to && samples instanceof Uint16Array) return samples;
  const result = new pixelTypes[dtype].array(samples.length);
  if (dtype === 'float32') {
    for (let i = 0; i < result.length; i++) result[i] = Math.min(1, samples[i]! / white);
    return result;
  }
  const factor = to / white;
  for (let i = 0; i < result.length; i++) result[i] = Math.min(to, samples[i]! * factor + 0.5);
  return result;
}
