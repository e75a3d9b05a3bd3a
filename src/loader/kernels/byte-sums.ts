import { instantiateKernels } from './instantiate-kernels.js';

/** Sums of bytes, exact. */
export interface ByteSums {
  readonly sum: bigint;
  readonly squares: bigint;
  /** 255 and 0 where there are no bytes. */
  readonly least: number;
  readonly greatest: number;
}

const PAGE = 65536;
const PAGES = 16;

/**
 * Makes a function that sums up bytes, a MiB at a time in a memory of its own.
 *
 * @example
 * createByteSums()(Uint8Array.of(1, 2, 3)); // { sum: 6n, squares: 14n, least: 1, greatest: 3 }
 */
export function createByteSums(): (bytes: Uint8Array) => ByteSums {
  const memory = new WebAssembly.Memory({ initial: PAGES + 1, maximum: PAGES + 1, shared: true });
  const { sumsU8 } = instantiateKernels(memory);
  const room = new Uint8Array(memory.buffer, 0, PAGES * PAGE);
  const out = new DataView(memory.buffer, PAGES * PAGE);
  return (bytes) => {
    let [sum, squares, least, greatest] = [0n, 0n, 255, 0];
    for (let from = 0; from < bytes.length; from += room.length) {
      const part = bytes.subarray(from, from + room.length);
      room.set(part);
      sumsU8(0, part.length, out.byteOffset);
      sum += out.getBigUint64(0, true);
      squares += out.getBigUint64(8, true);
      least = Math.min(least, out.getUint8(16));
      greatest = Math.max(greatest, out.getUint8(17));
    }
    return { sum, squares, least, greatest };
  };
}
