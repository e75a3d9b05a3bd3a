import type { H5Library } from './h5-io.js';

/** The address of an object's header, which is what an object reference holds. */
export function headerAddress(library: H5Library, fileId: bigint, path: string): number {
  const reference = Uint8Array.from(library.create_object_reference(fileId, path));
  return Number(new DataView(reference.buffer).getBigUint64(0, true));
}
