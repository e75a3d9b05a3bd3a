import type { Cursor } from './cursor.js';

/**
 * The bytes of the fill value in the file's byte order, or `null` where none is defined.
 *
 * Source: HDF5 File Format Specification, "The Data Storage - Fill Value Message".
 */
export function parseFillValue(cursor: Cursor): Uint8Array | null {
  const version = cursor.version(1, 2, 3);
  if (version === 3) return (cursor.u8() & 0x20) === 0 ? null : sizedBytes(cursor);
  cursor.skip(2); // space allocation time, fill value write time
  return cursor.u8() === 0 ? null : sizedBytes(cursor);
}

/** Source: the same, "Fill Value (Old)". */
export function parseOldFillValue(cursor: Cursor): Uint8Array | null {
  return sizedBytes(cursor);
}

function sizedBytes(cursor: Cursor): Uint8Array | null {
  const size = cursor.u32();
  // The size is signed in the library: 0 and negative ones mean "the default".
  return size === 0 || size > 0x7fffffff ? null : cursor.take(size).slice();
}
