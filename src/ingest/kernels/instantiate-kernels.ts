import { kernelsBase64 } from './kernels.generated.js';

/** What `assembly/` exports; it is described there. Addresses are bytes of the memory. */
export interface IngestKernels {
  readonly split: (
    source: number,
    target: number,
    planeStride: number,
    pixels: number,
    channels: number,
    size: number,
  ) => void;
  readonly sumsU8: (source: number, count: number, out: number) => void;
  readonly sumsU16: (source: number, count: number, out: number) => void;
  readonly sumF32: (source: number, count: number) => number;
  readonly distancesF32: (source: number, count: number, mean: number) => number;
}

let compiled: WebAssembly.Module | undefined;

/** @param memory in which all that the kernels are told of lies */
export function instantiateKernels(memory: WebAssembly.Memory): IngestKernels {
  compiled ??= new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'));
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return instance.exports as unknown as IngestKernels;
}
