import type { ElementType } from '../../chunking/dataset-layout.js';
import { fromFloat16 } from '../../chunking/element-array.js';
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

/**
 * The meaning of the kernels in TypeScript: the twin that the WebAssembly kernels must equal bit for
 * bit, and the kernel for inputs that they don't cover. `planes[c]` and `target` are byte addresses in
 * `memory`; pixel `i` of channel `c` goes to element `target + i * pixelStride + c * channelStride`.
 *
 * Integers that don't fit the batch's dtype are clipped to its range, and floats truncated towards
 * zero, as HDF5 converts (HDF5 User Guide, "Data Transfer: Datatype Conversion"); NaN becomes 0.
 */
export function assembleReference(
  memory: ArrayBufferLike,
  conversion: PixelConversion,
  planes: ArrayLike<number>,
  target: number,
  count: number,
  pixelStride: number,
  channelStride: number,
): void {
  const { input, dtype, scale, bias } = conversion;
  const view = new DataView(memory);
  const read = elementReader(view, input);
  const put = batchView(memory, dtype);
  const first = target / put.BYTES_PER_ELEMENT;
  for (let c = 0; c < planes.length; c++) {
    const plane = planes[c]!;
    let to = first + c * channelStride;
    for (let i = 0; i < count; i++, to += pixelStride) {
      const value = read(plane + i * input.size);
      put[to] =
        dtype === 'float32'
          ? Math.fround(Math.fround(Math.fround(value) * scale[c]!) + bias[c]!)
          : dtype === 'int32'
            ? clip(value, -0x80000000, 0x7fffffff)
            : clip(value, 0, 255);
    }
  }
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
