import type { Metadata } from 'h5wasm/node';
import type { ErrorPlace } from '../errors.js';
import { StorageError, UnsupportedByLibraryError } from '../errors.js';
import type { H5Box } from './h5-box.js';
import type { ByteOrder } from './h5-byte-order.js';
import { byteOrderOf, swapElements } from './h5-byte-order.js';
import type { H5Library } from './h5-io.js';
import { captureErrorStack, innermostMessage } from './h5-io.js';
import { transfer, withMemory } from './h5-memory.js';

/** Where elements are: for all boxes of one dataset. */
export interface Elements {
  readonly path: string;
  /** Bytes of an element. */
  readonly size: number;
  readonly order: ByteOrder;
}

/** @throws UnsupportedByLibraryError when they can't be had right */
export function elementsOf(path: string, metadata: Metadata, place: ErrorPlace): Elements {
  const order = byteOrderOf(metadata);
  if (order !== null) return { path, size: metadata.size, order };
  throw new UnsupportedByLibraryError(
    'big-endian enumerations in a compound or array of big-endian numbers only',
    { place },
  );
}

/**
 * Reads a box, little-endian, and hands it to `use` in HDF5's memory, where it lies only so long.
 *
 * @param length bytes of the box
 */
export function readBox<T>(
  library: H5Library,
  fileId: bigint,
  { path, size, order }: Elements,
  { start, count, stride }: H5Box,
  length: number,
  use: (bytes: Uint8Array) => T,
): T {
  return withMemory(library, length, (pointer) => {
    unlessOrder(order, () => {
      transfer(library, 'get_dataset_data', fileId, path, start, count, pointer, stride);
    });
    const bytes = library.HEAPU8.subarray(pointer, pointer + length);
    swapElements(bytes, size, order.swapped);
    return use(bytes);
  });
}

/** Writes a box from little-endian bytes. */
export function writeBox(
  library: H5Library,
  fileId: bigint,
  { path, size, order }: Elements,
  { start, count, stride }: H5Box,
  bytes: Uint8Array,
): void {
  withMemory(library, bytes.length, (pointer) => {
    library.HEAPU8.set(bytes, pointer);
    const there = library.HEAPU8.subarray(pointer, pointer + bytes.length);
    swapElements(there, size, order.swapped);
    unlessOrder(order, () => {
      transfer(library, 'set_dataset_data', fileId, path, start, count, pointer, stride);
    });
  });
}

/** Leaves out HDF5's complaint about the order, if it is one that makes no difference. */
function unlessOrder({ complains }: ByteOrder, call: () => void): void {
  if (!complains) {
    call();
    return;
  }
  const { thrown, errorStack } = captureErrorStack(call);
  const others = errorStack
    .split('HDF5-DIAG')
    .filter((stack) => stack.trim() !== '' && !/#000: .* in H5Tset_order\(\)/.test(stack));
  if (thrown === undefined && others.length === 0) return;
  const reason =
    thrown instanceof Error ? thrown.message : innermostMessage(others.join('HDF5-DIAG'));
  throw new StorageError(`Could not move the elements: ${reason}`, {
    cause: thrown ?? new Error(errorStack.trim()),
  });
}
