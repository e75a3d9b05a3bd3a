import type { ByteSource } from '../../storage/byte-source.js';

/**
 * Reads through the HDF5 library from a file that may be written; again, while nothing is committed, what
 * it couldn't read because something was. What it could read is sound: rows that are committed don't
 * change, and the structures that lead to them have checksums.
 */
export async function steadily<T>(source: ByteSource, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (source.consistently === undefined || source.isChanging?.() !== true) throw error;
    return source.consistently(read);
  }
}
