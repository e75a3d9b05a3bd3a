import zlib from 'node:zlib';
import { MemoryLimitError } from '../errors.js';
import { instantiateKernels } from './kernels/instantiate-kernels.js';
import type { PixelArray, PixelDtype } from './pixel-types.js';
import { pixelTypes } from './pixel-types.js';
import type { PlaneSums } from './plane-sums.js';

/** Memory for the planes of a batch, in which they are made from pixels. */
export interface PlaneMemory {
  /** Splits an image (`pixels × channels`, interleaved) and puts its planes where they belong. */
  put(row: number, interleaved: PixelArray): void;
  plane(row: number, channel: number): Uint8Array;
  /** The planes of a channel in `count` rows from `row` on. */
  run(row: number, channel: number, count: number): PixelArray;
  checksum(row: number, channel: number): number;
  /** Of each plane of a row. */
  sums(row: number): PlaneSums[];
}

export interface PlaneShape {
  /** Rows that there is room for. */
  readonly capacity: number;
  readonly channels: number;
  /** Elements of a plane. */
  readonly pixels: number;
  readonly dtype: PixelDtype;
}

const page = 65_536;
const sumsBytes = 64;

/** The planes of a channel lie side by side: HDF5 takes them with one call. */
export function createPlaneMemory(shape: PlaneShape): PlaneMemory {
  const { capacity, channels, pixels, dtype } = shape;
  const { bytes: size, array } = pixelTypes[dtype];
  const planeBytes = pixels * size;
  const imageBytes = planeBytes * channels;
  // Sums, one image as it comes, then the planes; each a multiple of 16 bytes from the start.
  const incoming = sumsBytes;
  const first = incoming + Math.ceil(imageBytes / 64) * 64;
  const memory = allocate(first + capacity * imageBytes);
  const { buffer } = memory;
  const kernels = instantiateKernels(memory);
  const input = new Uint8Array(buffer, incoming, imageBytes);
  const sums = new DataView(buffer, 0, sumsBytes);
  const channelStride = capacity * planeBytes;
  const addressOf = (row: number, channel: number): number =>
    first + row * planeBytes + channel * channelStride;

  const sumsAt = (address: number): PlaneSums => {
    if (dtype === 'float32') {
      const mean = kernels.sumF32(address, pixels) / pixels;
      return { kind: 'float', mean, distances: kernels.distancesF32(address, pixels, mean) };
    }
    const kernel = dtype === 'uint8' ? kernels.sumsU8 : kernels.sumsU16;
    kernel(address, pixels, 0);
    const [sum, squares] = [sums.getBigUint64(0, true), sums.getBigUint64(8, true)];
    return { kind: 'exact', sum, squares };
  };

  return {
    put: (row, interleaved) => {
      const { byteOffset, byteLength } = interleaved;
      input.set(new Uint8Array(interleaved.buffer, byteOffset, byteLength));
      kernels.split(incoming, addressOf(row, 0), channelStride, pixels, channels, size);
    },
    plane: (row, channel) => new Uint8Array(buffer, addressOf(row, channel), planeBytes),
    run: (row, channel, count) => new array(buffer, addressOf(row, channel), count * pixels),
    checksum: (row, channel) =>
      zlib.crc32(new Uint8Array(buffer, addressOf(row, channel), planeBytes)),
    sums: (row) =>
      Array.from({ length: channels }, (_, channel) => sumsAt(addressOf(row, channel))),
  };
}

function allocate(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / page);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new MemoryLimitError(`Expected ${bytes} bytes of memory for a batch, got none`, {
      advice: 'Choose smaller images or a smaller run',
      cause,
    });
  }
}
