import { instantiateKernels, type RectangleKernel } from './instantiate-kernels.js';
import { COEFFICIENT_BYTES, type KernelSpec, type PixelKernel } from './pixel-kernel.js';
import { referenceKernel } from './reference-kernels.js';

const MAX_INTERLEAVED = 4;

/**
 * Picks the kernel for a batch: WebAssembly SIMD for uint8 pixels, the TypeScript twin for all else.
 *
 * @param memory the memory in which planes and batches lie
 */
export function createPixelKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { channels, conversion, layout, source } = spec;
  const { input } = conversion;
  if (input.kind !== 'u' || input.size !== 1) return referenceKernel(memory, spec);
  if (channels === 1 || (source === 'planes' && layout === 'nchw'))
    return planeKernel(memory, spec);
  if (layout === 'nhwc' && channels <= MAX_INTERLEAVED) return interleaveKernel(memory, spec);
  if (layout === 'nhwc' && source === 'pixels' && isUniform(spec)) return flatKernel(memory, spec);
  return referenceKernel(memory, spec);
}

/** NHWC from up to four planes, or from pixels. */
function interleaveKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { channels, source, width } = spec;
  const run = kernelFor(memory, spec);
  const interleaved = source === 'pixels';
  const targetStride = width * channels * elementBytes(spec);
  const wholeRow = interleaved ? width * channels : width;
  return (planes, target, rows, columns, sourceStride, flip, coefficients, block) => {
    // Rows that follow one another in source and batch are one long row.
    const joined = !flip && columns === width && sourceStride === wholeRow;
    run(
      planes[0]!,
      planes[1] ?? 0,
      planes[2] ?? 0,
      planes[3] ?? 0,
      channels,
      interleaved,
      target,
      joined ? 1 : rows,
      joined ? rows * columns : columns,
      sourceStride,
      targetStride,
      flip,
      coefficients,
      block,
    );
  };
}

/** One plane after the other: NCHW, or a single channel. */
function planeKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { channels, height, width } = spec;
  const run = kernelFor(memory, spec);
  const targetStride = width * elementBytes(spec);
  const planeBytes = height * targetStride;
  return (planes, target, rows, columns, sourceStride, flip, coefficients, block) => {
    const joined = !flip && columns === width && sourceStride === width;
    for (let c = 0; c < channels; c++) {
      run(
        planes[c]!,
        0,
        0,
        0,
        1,
        false,
        target + c * planeBytes,
        joined ? 1 : rows,
        joined ? rows * columns : columns,
        sourceStride,
        targetStride,
        flip,
        coefficients + c * COEFFICIENT_BYTES,
        block,
      );
    }
  };
}

/** Any number of channels side by side, all converted alike: a row is one channel that much longer. */
function flatKernel(memory: WebAssembly.Memory, spec: KernelSpec): PixelKernel {
  const { channels, width } = spec;
  const flat = planeKernel(memory, { ...spec, channels: 1, width: width * channels });
  const flipping = referenceKernel(memory, spec);
  return (planes, target, rows, columns, sourceStride, flip, coefficients, block) => {
    if (flip) flipping(planes, target, rows, columns, sourceStride, flip, coefficients, block);
    else flat(planes, target, rows, columns * channels, sourceStride, flip, coefficients, block);
  };
}

function isUniform({ conversion: { scale, bias } }: KernelSpec): boolean {
  return scale.every((value) => value === scale[0]) && bias.every((value) => value === bias[0]);
}

function elementBytes({ conversion: { dtype } }: KernelSpec): number {
  return dtype === 'uint8' ? 1 : 4;
}

function kernelFor(memory: WebAssembly.Memory, spec: KernelSpec): RectangleKernel {
  const kernels = instantiateKernels(memory);
  const { dtype } = spec.conversion;
  if (dtype === 'float32') return kernels.pixelsF32;
  return dtype === 'int32' ? kernels.pixelsI32 : kernels.pixelsU8;
}
