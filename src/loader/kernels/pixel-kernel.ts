import type { ElementType } from '../../chunking/dataset-layout.js';
import type { BatchDtype } from '../batch.js';

/** What a kernel does to the elements on their way from planes to a batch. */
export interface PixelConversion {
  readonly input: ElementType;
  readonly dtype: BatchDtype;
  /** Multiplied with an element of channel `c`, in single precision; only for float32. */
  readonly scale: Float32Array;
  /** Added after that. */
  readonly bias: Float32Array;
}

/** Which pixels a kernel is made for. */
export interface KernelSpec {
  readonly conversion: PixelConversion;
  readonly channels: number;
  /** `planes`: each channel apart; `pixels`: the channels of a pixel side by side, as in an `nhwc` batch. */
  readonly source: 'planes' | 'pixels';
  readonly layout: 'nhwc' | 'nchw';
  /** Of an image in the batch. */
  readonly height: number;
  readonly width: number;
}

/**
 * A rectangle of pixels → its place in an image of the batch. Addresses are in bytes.
 *
 * @param planes address of the rectangle's first element in each channel
 * @param target address of the rectangle's first element in the batch
 * @param sourceStride bytes from one row of the source to the next
 * @param flip each row comes out with its last pixel first
 * @param coefficients address of what `writeCoefficients` wrote
 * @param block address of `BLOCK_BYTES` bytes that are free to use
 */
export type PixelKernel = (
  planes: ArrayLike<number>,
  target: number,
  rows: number,
  columns: number,
  sourceStride: number,
  flip: boolean,
  coefficients: number,
  block: number,
) => void;

/** What a kernel needs for itself: a block of pixels of four channels. */
export const BLOCK_BYTES = 1024;
/** Bytes of coefficients for each channel. */
export const COEFFICIENT_BYTES = 32;
/** A channel's block holds the scales of this and the next three channels, then their biases. */
export const COEFFICIENT_CHANNELS = 4;

/**
 * Puts scales and biases where the kernels look for them: `COEFFICIENT_BYTES` a channel.
 *
 * @param memory the memory of the kernels
 * @param address of the coefficients, a multiple of 4
 * @param scaleFactor multiplied with every scale, as `biasFactor` with every bias
 */
export function writeCoefficients(
  memory: Float32Array,
  address: number,
  { scale, bias }: PixelConversion,
  scaleFactor = 1,
  biasFactor = 1,
): void {
  const first = address / 4;
  const block = COEFFICIENT_BYTES / 4;
  for (let channel = 0; channel < scale.length; channel++) {
    // Block c starts at channel c, so that a kernel for one plane finds its own coefficients first.
    for (let i = 0; i < COEFFICIENT_CHANNELS; i++) {
      const at = first + channel * block + i;
      memory[at] = (scale[channel + i] ?? 1) * scaleFactor;
      memory[at + COEFFICIENT_CHANNELS] = (bias[channel + i] ?? 0) * biasFactor;
    }
  }
}
