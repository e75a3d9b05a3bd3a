import { kernelsBase64 } from './kernels.generated.js';
import { assembleReference, type PixelConversion } from './reference-kernels.js';

/** Pixels of one image or plane set → batch memory; addresses in bytes, `planes[c]` one per channel. */
export type PixelKernel = (planes: ArrayLike<number>, target: number) => void;

/** Which pixels a kernel is made for. */
export interface KernelSpec {
  readonly conversion: PixelConversion;
  readonly channels: number;
  /** Pixels of one plane, height × width. */
  readonly count: number;
  readonly layout: 'nhwc' | 'nchw';
  /** Byte address of `channels` blocks of `COEFFICIENT_BYTES`, as `writeCoefficients` fills them. */
  readonly coefficients: number;
}

/** One block holds four scales and four biases. */
export const COEFFICIENT_BYTES = 32;
const MAX_INTERLEAVED = 4;

/**
 * Picks the kernel for a batch: WebAssembly SIMD for uint8 planes, the TypeScript twin for all else.
 *
 * @param memory the memory in which planes and batches lie
 */
export function createPixelKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { input } = spec.conversion;
  if (input.kind !== 'u' || input.size !== 1) return referenceKernel(memory, spec);
  if (spec.layout === 'nchw' || spec.channels === 1) return planeKernel(memory, spec);
  return spec.channels <= MAX_INTERLEAVED
    ? interleaveKernel(memory, spec)
    : referenceKernel(memory, spec);
}

/** Puts the scales and biases where the kernels look for them; see `KernelSpec.coefficients`. */
export function writeCoefficients(memory: WebAssembly.Memory, spec: KernelSpec): void {
  const { scale, bias } = spec.conversion;
  const block = COEFFICIENT_BYTES / 4;
  const out = new Float32Array(memory.buffer, spec.coefficients, spec.channels * block);
  for (let channel = 0; channel < spec.channels; channel++) {
    // Block c starts at channel c, so that a kernel for one plane finds its own coefficients first.
    for (let i = 0; i < MAX_INTERLEAVED; i++) {
      out[channel * block + i] = scale[channel + i] ?? 1;
      out[channel * block + MAX_INTERLEAVED + i] = bias[channel + i] ?? 0;
    }
  }
}

/** The TypeScript twin as a kernel. */
export function referenceKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { conversion, channels, count, layout } = spec;
  const [pixelStride, channelStride] = layout === 'nhwc' ? [channels, 1] : [1, count];
  return (planes, target) => {
    assembleReference(memory.buffer, conversion, planes, target, count, pixelStride, channelStride);
  };
}

interface KernelExports {
  readonly pixelsF32: (...args: [...PlaneArguments, coefficients: number]) => void;
  readonly pixelsI32: (...args: PlaneArguments) => void;
  readonly pixelsU8: (...args: PlaneArguments) => void;
}
type PlaneArguments = [
  plane0: number,
  plane1: number,
  plane2: number,
  plane3: number,
  channels: number,
  target: number,
  count: number,
];

function interleaveKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { channels, count, coefficients } = spec;
  const run = kernelFor(memory, spec);
  return (planes, target) => {
    run(
      planes[0]!,
      planes[1] ?? 0,
      planes[2] ?? 0,
      planes[3] ?? 0,
      channels,
      target,
      count,
      coefficients,
    );
  };
}

function planeKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { channels, count, coefficients, conversion } = spec;
  const run = kernelFor(memory, spec);
  const planeBytes = count * (conversion.dtype === 'uint8' ? 1 : 4);
  return (planes, target) => {
    for (let c = 0; c < channels; c++) {
      const to = target + c * planeBytes;
      run(planes[c]!, 0, 0, 0, 1, to, count, coefficients + c * COEFFICIENT_BYTES);
    }
  };
}

function kernelFor(
  memory: WebAssembly.Memory,
  spec: KernelSpec,
): (...args: [...PlaneArguments, coefficients: number]) => void {
  const kernels = instantiate(memory);
  const { dtype } = spec.conversion;
  if (dtype === 'float32') return kernels.pixelsF32;
  return dtype === 'int32' ? kernels.pixelsI32 : kernels.pixelsU8;
}

let compiled: WebAssembly.Module | undefined;

function instantiate(memory: WebAssembly.Memory): KernelExports {
  compiled ??= new WebAssembly.Module(decodeBase64(kernelsBase64));
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return instance.exports as unknown as KernelExports;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
