import type { Metadata } from 'h5wasm/node';
import type { H5Box } from './h5-box.js';
import { product } from './h5-box.js';
import type { H5Library } from './h5-io.js';
import { transfer, withMemory } from './h5-memory.js';
import { byteOrderOf, swapElements } from './h5-byte-order.js';

/** HDF5's `hvl_t` in WebAssembly: a length, in elements, and a pointer, of 4 bytes each. */
const sequenceSize = 8;

/** Whether it is a sequence whose elements are bytes in a known order, not pointers again. */
export function isPlainSequence(type: Metadata, variable: (base: Metadata) => boolean): boolean {
  const base = type.vlen_type;
  if (base === undefined || variable(base)) return false;
  // Within a sequence HDF5 turns an enumeration's integers, but not its members.
  return base.littleEndian || byteOrderOf(base)?.complains === false;
}

/** Reads sequences of variable length, row-major, little-endian. */
export function readSequenceBox(
  library: H5Library,
  fileId: bigint,
  path: string,
  base: Metadata,
  { start, count, stride }: H5Box,
): Uint8Array[] {
  const length = product(count);
  const swapped = byteOrderOf(base)?.swapped ?? [];
  return withMemory(library, length * sequenceSize, (pointer) => {
    library.HEAPU8.fill(0, pointer, pointer + length * sequenceSize);
    transfer(library, 'get_dataset_data', fileId, path, start, count, pointer, stride);
    const table = new DataView(library.HEAPU8.buffer, pointer, length * sequenceSize);
    const sequences = Array.from({ length }, (_, index) => {
      const elements = table.getUint32(index * sequenceSize, true);
      const at = table.getUint32(index * sequenceSize + 4, true);
      const bytes = library.HEAPU8.slice(at, at + elements * base.size);
      swapElements(bytes, base.size, swapped);
      return bytes;
    });
    const address = BigInt(pointer);
    if (count.length === 0) library.reclaim_vlen_memory(fileId, path, '', address);
    else library.reclaim_vlen_memory_count(fileId, path, '', address, count.map(BigInt));
    return sequences;
  });
}
