import type { StoredImages } from './stored-images.js';
import { isPlanar, type ImageChunks } from '../chunking/image-chunks.js';
import type { AssemblySpec } from './assembly.js';
import type { BatchMemory } from './batch-memory.js';
import { COEFFICIENT_BYTES, writeCoefficients, type KernelSpec } from './kernels/kernels.js';
import type { PixelConversion } from './kernels/reference-kernels.js';

/**
 * Decides how images are assembled, and puts what all of them share (coefficients, fill values) into
 * the batch memory.
 */
export function prepareAssembly(
  memory: BatchMemory,
  dataset: StoredImages,
  chunks: ImageChunks,
  conversion: PixelConversion,
  layout: 'nhwc' | 'nchw',
  file: string,
): AssemblySpec {
  const { channels, height, width } = chunks;
  const mode = arePixels(chunks, conversion, layout)
    ? 'pixels'
    : isPlanar(chunks)
      ? 'planes'
      : 'gather';
  const pixels = height * width;
  const kernel: KernelSpec = {
    conversion,
    layout,
    // An image that already lies as in the batch is converted as if it were one long plane.
    channels: mode === 'pixels' ? 1 : channels,
    count: mode === 'pixels' ? pixels * channels : pixels,
    coefficients: allocate(memory, channels * COEFFICIENT_BYTES),
  };
  writeCoefficients(memory.wasm, kernel);
  const elementSize = dataset.type.size;
  const fillAddress = allocate(memory, kernel.count * elementSize);
  const fill = new Uint8Array(memory.wasm.buffer, fillAddress, kernel.count * elementSize);
  for (let at = 0; at < fill.length; at += elementSize) fill.set(dataset.fillValue, at);
  const { filters, path } = dataset;
  return {
    chunks,
    mode,
    kernel,
    filters,
    elementSize,
    fillAddress,
    place: { file, dataset: path },
  };
}

/** Whether a chunk holds an image's pixels in the order of the batch and all are converted alike. */
function arePixels(
  chunks: ImageChunks,
  { scale, bias }: PixelConversion,
  layout: 'nhwc' | 'nchw',
): boolean {
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
    piece.channels.every(({ offset, batchChannel }) => offset === batchChannel) &&
    scale.every((value) => value === scale[0]) &&
    bias.every((value) => value === bias[0])
  );
}

function allocate(memory: BatchMemory, bytes: number): number {
  const address = memory.allocate(bytes);
  if (address === undefined) throw memory.limitError(bytes, 'an image of fill values');
  return address;
}
