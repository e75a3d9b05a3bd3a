import { MemoryLimitError } from '../errors.js';
import type { H5Library } from './h5-io.js';

/** Lends `length` bytes of h5wasm's memory to `use`. */
export function withMemory<T>(library: H5Library, length: number, use: (pointer: number) => T): T {
  const pointer = length > library.MAXIMUM_MEMORY ? 0 : library._malloc(Math.max(length, 1));
  if (pointer === 0) {
    throw new MemoryLimitError(`HDF5's memory has no room for ${length} bytes at once`, {
      advice: 'Ask for fewer elements in one call',
    });
  }
  try {
    return use(pointer);
  } finally {
    library._free(pointer);
  }
}

/**
 * Moves a box of elements between a dataset and h5wasm's memory, where it lies row-major.
 * A scalar has an empty box. Failure shows in HDF5's error stack, which the caller checks.
 */
export function transfer(
  library: H5Library,
  call: 'get_dataset_data' | 'set_dataset_data',
  fileId: bigint,
  path: string,
  start: readonly number[],
  count: readonly number[],
  pointer: number,
  stride: readonly number[] = start.map(() => 1),
): void {
  if (count.length === 0) {
    library[call](fileId, path, null, null, null, BigInt(pointer));
    return;
  }
  const [counts, starts, strides] = [count, start, stride].map((numbers) => numbers.map(BigInt));
  library[call](fileId, path, counts!, starts!, strides!, BigInt(pointer));
}
