import type { AssemblySpec } from './assembly.js';
import { createPixelKernel } from './kernels/kernels.js';
import { BLOCK_BYTES, COEFFICIENT_BYTES, writeCoefficients } from './kernels/pixel-kernel.js';

/**
 * Assembles one image.
 *
 * @param records image records of a task
 * @param at where the image's record begins
 * @param scratch address to which its sources are relative
 * @param staging address of `stagingBytes(spec)` bytes that are free to use
 */
export type ImageAssembler = (
  records: Float64Array,
  at: number,
  scratch: number,
  staging: number,
) => void;

/** The source of a piece whose chunk isn't allocated, or isn't needed. */
export const ABSENT: number = Number.NEGATIVE_INFINITY;
/** What an augmented image's record has more than others. */
const CHOICE_RECORD = 5;

/** Numbers in an image's record. */
export function imageRecord({ chunks, augmented }: AssemblySpec): number {
  return 1 + chunks.pieces.length + (augmented ? CHOICE_RECORD : 0);
}

/**
 * Bytes that the assembler needs for itself: the kernel's block, an image's own coefficients, then its
 * planes in mode `gather`.
 */
export function stagingBytes(spec: AssemblySpec): number {
  const { height, width, channels } = spec.chunks;
  const planes = spec.mode === 'gather' ? height * width * channels * spec.elementSize : 0;
  return BLOCK_BYTES + coefficientBytes(spec) + planes;
}

export function createImageAssembler(
  memory: WebAssembly.Memory,
  spec: AssemblySpec,
): ImageAssembler {
  const findPlanes = spec.mode === 'gather' ? gatherPlanes(memory, spec) : storedPlanes(spec);
  if (spec.augmented) return augmentingAssembler(memory, spec, findPlanes);
  const assemble = createPixelKernel(memory, spec.kernel);
  const { height, width, channels } = spec.chunks;
  const stride = width * sourcePixelBytes(spec);
  const planes = new Float64Array(channels);
  return (records, at, scratch, staging) => {
    findPlanes(planes, records, at, scratch, staging + BLOCK_BYTES, 0, height, 0, width);
    assemble(planes, records[at]!, height, width, stride, false, spec.coefficients, staging);
  };
}

/** Crops, flips and scales each image as its record says. */
function augmentingAssembler(
  memory: WebAssembly.Memory,
  spec: AssemblySpec,
  findPlanes: FindPlanes,
): ImageAssembler {
  const { chunks } = spec;
  const { conversion, channels, source, layout, height, width } = spec.kernel;
  const assemble = createPixelKernel(memory, spec.kernel);
  const pixelBytes = sourcePixelBytes(spec);
  const stride = chunks.width * pixelBytes;
  const targetPixelBytes =
    (layout === 'nhwc' ? channels : 1) * (conversion.dtype === 'uint8' ? 1 : 4);
  const ownCoefficients = coefficientBytes(spec);
  const planes = new Float64Array(channels);
  const zeros = Float64Array.from(planes, (_, c) =>
    source === 'pixels' ? spec.zeros + c * spec.elementSize : spec.zeros,
  );
  let floats = new Float32Array(memory.buffer);

  return (records, at, scratch, staging) => {
    const target = records[at]!;
    const choice = at + 1 + chunks.pieces.length;
    const top = records[choice]!;
    const left = records[choice + 1]!;
    const flip = records[choice + 2] === 1;
    let { coefficients } = spec;
    if (spec.jitter) {
      if (floats.buffer !== memory.buffer) floats = new Float32Array(memory.buffer);
      coefficients = staging + BLOCK_BYTES;
      writeCoefficients(floats, coefficients, conversion, records[choice + 3], records[choice + 4]);
    }
    // What the image has of the crop; the rest is padding.
    const y0 = within(-top, 0, height);
    const y1 = within(chunks.height - top, y0, height);
    const x0 = within(-left, 0, width);
    const x1 = within(chunks.width - left, x0, width);
    const free = staging + BLOCK_BYTES + ownCoefficients;
    findPlanes(planes, records, at, scratch, free, top + y0, top + y1, left + x0, left + x1);
    const corner = (top + y0) * stride + (left + x0) * pixelBytes;
    for (let c = 0; c < channels; c++) planes[c]! += corner;
    put(planes, stride, target, y0, y1, x0, x1, flip, coefficients, staging);
    if (y1 - y0 === height && x1 - x0 === width) return;
    put(zeros, 0, target, 0, y0, 0, width, flip, coefficients, staging);
    put(zeros, 0, target, y1, height, 0, width, flip, coefficients, staging);
    put(zeros, 0, target, y0, y1, 0, x0, flip, coefficients, staging);
    put(zeros, 0, target, y0, y1, x1, width, flip, coefficients, staging);
  };

  /** Puts rows `y0` to `y1`, columns `x0` to `x1` (ends not included) of the crop to their place. */
  function put(
    from: Float64Array,
    fromStride: number,
    target: number,
    y0: number,
    y1: number,
    x0: number,
    x1: number,
    flip: boolean,
    coefficients: number,
    block: number,
  ): void {
    if (y0 === y1 || x0 === x1) return;
    const place = target + (y0 * width + (flip ? width - x1 : x0)) * targetPixelBytes;
    assemble(from, place, y1 - y0, x1 - x0, fromStride, flip, coefficients, block);
  }
}

/**
 * Finds the address that each channel's first element would have, were the image whole; of it rows
 * `y0` to `y1` and columns `x0` to `x1` (ends not included) must be there.
 */
type FindPlanes = (
  planes: Float64Array,
  records: Float64Array,
  at: number,
  scratch: number,
  staging: number,
  y0: number,
  y1: number,
  x0: number,
  x1: number,
) => void;

/** The channels as they lie in what was read. */
function storedPlanes({ chunks, elementSize, fillAddress, mode }: AssemblySpec): FindPlanes {
  const { pieces } = chunks;
  return (planes, records, at, scratch) => {
    for (let p = 0; p < pieces.length; p++) {
      const source = records[at + 1 + p]!;
      for (const { batchChannel, offset } of pieces[p]!.channels) {
        planes[batchChannel] =
          source !== ABSENT
            ? scratch + source + offset * elementSize
            : mode === 'pixels'
              ? fillAddress + batchChannel * elementSize
              : fillAddress;
      }
    }
  };
}

/** Copies each piece to its place in planes. */
function gatherPlanes(memory: WebAssembly.Memory, spec: AssemblySpec): FindPlanes {
  const { pieces, height, width, rowStride, columnStride } = spec.chunks;
  const size = spec.elementSize;
  const planeBytes = height * width * size;
  let bytes = new Uint8Array(memory.buffer);
  return (planes, records, at, scratch, staging, y0, y1, x0, x1) => {
    if (bytes.buffer !== memory.buffer) bytes = new Uint8Array(memory.buffer);
    for (let c = 0; c < planes.length; c++) planes[c] = staging + c * planeBytes;
    for (let p = 0; p < pieces.length; p++) {
      const piece = pieces[p]!;
      const source = records[at + 1 + p]!;
      const endRow = Math.min(piece.top + piece.height, y1);
      const first = Math.max(piece.left, x0);
      const count = Math.min(piece.left + piece.width, x1) - first;
      if (count <= 0) continue;
      for (const { batchChannel, offset } of piece.channels) {
        for (let y = Math.max(piece.top, y0); y < endRow; y++) {
          const to = planes[batchChannel]! + (y * width + first) * size;
          if (source === ABSENT) {
            bytes.copyWithin(to, spec.fillAddress, spec.fillAddress + count * size);
            continue;
          }
          const element =
            offset + (y - piece.top) * rowStride + (first - piece.left) * columnStride;
          copyRow(bytes, scratch + source + element * size, columnStride * size, to, count, size);
        }
      }
    }
  };
}

/** Copies `count` elements of `size` bytes that lie `stride` bytes apart to side by side. */
function copyRow(
  bytes: Uint8Array,
  from: number,
  stride: number,
  to: number,
  count: number,
  size: number,
): void {
  if (stride === size) {
    bytes.copyWithin(to, from, from + count * size);
    return;
  }
  for (let i = 0; i < count; i++, from += stride) {
    for (let b = 0; b < size; b++) bytes[to++] = bytes[from + b]!;
  }
}

function coefficientBytes({ jitter, chunks }: AssemblySpec): number {
  return jitter ? chunks.channels * COEFFICIENT_BYTES : 0;
}

/** Bytes from one pixel to the next in a row of the planes. */
function sourcePixelBytes({ mode, elementSize, chunks }: AssemblySpec): number {
  return mode === 'pixels' ? elementSize * chunks.channels : elementSize;
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
