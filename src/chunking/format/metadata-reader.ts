import { CorruptFileError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';

const PAGE = 8192;
const MAX_PAGES = 64;

/** Reads exactly `length` bytes, or rejects with a `CorruptFileError` naming `structure`. */
export type ReadMetadata = (
  offset: number,
  length: number,
  structure: string,
) => Promise<Uint8Array>;

/**
 * Reads a file's small, scattered metadata in few reads, through a cache of at most 512 KiB of
 * 8 KiB pages. A read of several pages goes past the cache. The bytes returned must not be
 * written to, and should be copied when a few of them are kept for long.
 */
export function metadataReader(source: ByteSource): ReadMetadata {
  const pages = new Map<number, Promise<Uint8Array>>();

  function page(number: number): Promise<Uint8Array> {
    const known = pages.get(number);
    if (known !== undefined) {
      // Moves it to the young end: a Map iterates in order of insertion.
      pages.delete(number);
      pages.set(number, known);
      return known;
    }
    const start = number * PAGE;
    const loading = source.read(start, Math.min(PAGE, source.size - start));
    pages.set(number, loading);
    loading.catch(() => {
      if (pages.get(number) === loading) pages.delete(number);
    });
    for (const oldest of pages.keys()) {
      if (pages.size <= MAX_PAGES) break;
      pages.delete(oldest);
    }
    return loading;
  }

  return async (offset, length, structure) => {
    if (!(offset >= 0 && length >= 0 && offset + length <= source.size)) {
      throw new CorruptFileError(
        `Expected ${length} bytes at ${offset}, but the file ends at ${source.size}`,
        { place: { file: source.name, structure, offset } },
      );
    }
    if (length === 0) return new Uint8Array(0);
    const first = Math.floor(offset / PAGE);
    const last = Math.floor((offset + length - 1) / PAGE);
    if (last - first > 1) return source.read(offset, length);
    const start = offset - first * PAGE;
    if (last === first) return (await page(first)).subarray(start, start + length);
    const [head, tail] = await Promise.all([page(first), page(last)]);
    const bytes = new Uint8Array(length);
    bytes.set(head.subarray(start));
    bytes.set(tail.subarray(0, length - (PAGE - start)), PAGE - start);
    return bytes;
  };
}
