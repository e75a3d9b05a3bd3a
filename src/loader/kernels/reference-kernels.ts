import type { ElementType } from '../../chunking/dataset-layout.js';
import { fromFloat16 } from '../../chunking/element-array.js';
import type { BatchDtype } from '../batch.js';
import {
  COEFFICIENT_BYTES,
  COEFFICIENT_CHANNELS,
  type KernelSpec,
  type PixelKernel,
} from './pixel-kernel.js';

/**
 * The meaning of the kernels in TypeScript: the twin that the WebAssembly kernels must equal bit for
 * bit, and the kernel for inputs that they don't cover.
 *
 * A float is `x * scale[c] + bias[c]` in single precision, multiplied and then added. Integers that
 * don't fit the batch's dtype are clipped to its range, and floats truncated towards zero, as HDF5
 * converts (HDF5 User Guide, "Data Transfer: Datatype Conversion"); NaN becomes 0.
 */
export function referenceKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { channels, source, layout, height, width } = spec;
  const { input, dtype } = spec.conversion;
  const sourceStep = (source === 'pixels' ? channels : 1) * input.size;
  const [columnStep, channelStep] = layout === 'nhwc' ? [channels, 1] : [1, height * width];
  const rowStep = width * columnStep;
  let views = viewsOf(memory.buffer, input, dtype);

  return (planes, target, rows, columns, sourceStride, flip, coefficients) => {
    // Memory that has grown is another buffer.
    if (views.buffer !== memory.buffer) views = viewsOf(memory.buffer, input, dtype);
    const { read, floats, put } = views;
    const first = target / put.BYTES_PER_ELEMENT;
    for (let c = 0; c < channels; c++) {
      const block = (coefficients + c * COEFFICIENT_BYTES) / 4;
      const scale = floats[block]!;
      const bias = floats[block + COEFFICIENT_CHANNELS]!;
      for (let row = 0; row < rows; row++) {
        const from = planes[c]! + row * sourceStride;
        let to = first + row * rowStep + c * channelStep;
        for (let column = 0; column < columns; column++, to += columnStep) {
          const value = read(from + (flip ? columns - 1 - column : column) * sourceStep);
          put[to] =
            dtype === 'float32'
              ? Math.fround(Math.fround(Math.fround(value) * scale) + bias)
              : dtype === 'int32'
                ? clip(value, -0x80000000, 0x7fffffff)
                : clip(value, 0, 255);
        }
      }
    }
  };
}

interface Views {
  readonly buffer: ArrayBufferLike;
  readonly read: (address: number) => number;
  readonly floats: Float32Array;
  readonly put: Float32Array | Int32Array | Uint8Array;
}

function viewsOf(buffer: ArrayBufferLike, input: ElementType, dtype: BatchDtype): Views {
  return {
    buffer,
    read: elementReader(new DataView(buffer), input),
    floats: new Float32Array(buffer),
    put: batchView(buffer, dtype),
  };
}

/** Reads one element at a byte address, whatever its type and byte order. */
function elementReader(view: DataView, type: ElementType): (address: number) => number {
  const le = type.littleEndian;
  switch (`${type.kind}${type.size}`) {
    case 'u1':
      return (at) => view.getUint8(at);
    case 'i1':
      return (at) => view.getInt8(at);
    case 'u2':
      return (at) => view.getUint16(at, le);
    case 'i2':
      return (at) => view.getInt16(at, le);
    case 'u4':
      return (at) => view.getUint32(at, le);
    case 'i4':
      return (at) => view.getInt32(at, le);
    case 'u8':
      return (at) => Number(view.getBigUint64(at, le));
    case 'i8':
      return (at) => Number(view.getBigInt64(at, le));
    case 'f2':
      return (at) => fromFloat16(view.getUint16(at, le));
    case 'f4':
      return (at) => view.getFloat32(at, le);
    default:
      return (at) => view.getFloat64(at, le);
  }
}

function batchView(
  memory: ArrayBufferLike,
  dtype: BatchDtype,
): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'float32') return new Float32Array(memory);
  return dtype === 'int32' ? new Int32Array(memory) : new Uint8Array(memory);
}

function clip(value: number, low: number, high: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.trunc(Math.min(Math.max(value, low), high));
}
