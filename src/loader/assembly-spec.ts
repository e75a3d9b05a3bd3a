import type { StoredImages } from './stored-images.js';
import { channelsApart, isPlanar, type ImageChunks } from '../chunking/image-chunks.js';
import type { AssemblySpec } from './assembly.js';
import type { BatchMemory } from './batch-memory.js';
import { hasJitter, type Augmentation } from './augmentation/augmentation.js';
import {
  COEFFICIENT_BYTES,
  writeCoefficients,
  type KernelSpec,
  type PixelConversion,
} from './kernels/pixel-kernel.js';

/**
 * Decides how images are assembled, and puts what all of them share (coefficients, fill values) into
 * the batch memory.
 *
 * @param augmentation undefined where images are delivered as they are
 */
export function prepareAssembly(
  memory: BatchMemory,
  dataset: StoredImages,
  chunks: ImageChunks,
  conversion: PixelConversion,
  layout: 'nhwc' | 'nchw',
  file: string,
  augmentation: Augmentation | undefined,
): AssemblySpec {
  const { channels } = chunks;
  const { height, width } = augmentation ?? chunks;
  const mode = arePixels(chunks, layout) ? 'pixels' : isPlanar(chunks) ? 'planes' : 'gather';
  const kernel: KernelSpec = {
    conversion,
    channels,
    source: mode === 'pixels' ? 'pixels' : 'planes',
    layout,
    height,
    width,
  };
  const coefficients = allocate(memory, channels * COEFFICIENT_BYTES);
  writeCoefficients(new Float32Array(memory.wasm.buffer), coefficients, conversion);
  const elementSize = dataset.type.size;
  const { filters, path } = dataset;
  const sourceChannels = mode === 'pixels' ? channels : 1;
  const fillBytes = chunks.height * chunks.width * sourceChannels * elementSize;
  const fillAddress = filled(memory, fillBytes, dataset.fillValue);
  const zeroBytes = augmentation === undefined ? 0 : width * sourceChannels * elementSize;
  const readsParts = filters.length === 0 && height < chunks.height;
  return {
    chunks: readsParts ? channelsApart(chunks) : chunks,
    mode,
    kernel,
    coefficients,
    augmented: augmentation !== undefined,
    jitter: augmentation !== undefined && hasJitter(augmentation),
    zeros: filled(memory, zeroBytes, new Uint8Array(elementSize)),
    filters,
    elementSize,
    fillAddress,
    place: { file, dataset: path },
  };
}

/** Whether a chunk holds an image's pixels in the order of the batch. */
function arePixels(chunks: ImageChunks, layout: 'nhwc' | 'nchw'): boolean {
  const { channels, width, height, columnStride, rowStride, pieces } = chunks;
  const [piece] = pieces;
  return (
    layout === 'nhwc' &&
    channels > 1 &&
    pieces.length === 1 &&
    piece?.height === height &&
    piece.width === width &&
    columnStride === channels &&
    rowStride === width * channels &&
    piece.channels.every(({ offset, batchChannel }) => offset === batchChannel)
  );
}

function filled(memory: BatchMemory, bytes: number, value: Uint8Array): number {
  const address = allocate(memory, bytes);
  const out = new Uint8Array(memory.wasm.buffer, address, bytes);
  for (let at = 0; at < bytes; at += value.length) out.set(value, at);
  return address;
}

function allocate(memory: BatchMemory, bytes: number): number {
  const address = memory.allocate(bytes);
  if (address === undefined) throw memory.limitError(bytes, 'an image of fill values');
  return address;
}
