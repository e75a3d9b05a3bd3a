import { kernelsBase64 } from './kernels.generated.js';

/** What `assembly/` exports; it is described there. */
export interface KernelExports {
  readonly pixelsF32: RectangleKernel;
  readonly pixelsI32: RectangleKernel;
  readonly pixelsU8: RectangleKernel;
  readonly sumsU8: (source: number, count: number, out: number) => void;
}

export type RectangleKernel = (
  plane0: number,
  plane1: number,
  plane2: number,
  plane3: number,
  channels: number,
  interleaved: boolean,
  target: number,
  rows: number,
  columns: number,
  sourceStride: number,
  targetStride: number,
  flip: boolean,
  coefficients: number,
  block: number,
) => void;

let compiled: WebAssembly.Module | undefined;

/** @param memory shared, in which all that the kernels are told of lies */
export function instantiateKernels(memory: WebAssembly.Memory): KernelExports {
  compiled ??= new WebAssembly.Module(decodeBase64(kernelsBase64));
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return instance.exports as unknown as KernelExports;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
