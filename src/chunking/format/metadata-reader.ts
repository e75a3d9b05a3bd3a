import { CorruptFileError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';

const SMALLEST_PAGE = 8192;
const LARGEST_PAGE = 1_048_576;
const MAX_BYTES = 2_097_152;
const MIN_PAGES = 16;
/** The most that is read at once. */
const MAX_RUN_BYTES = 524_288;

export interface MetadataReader {
  /**
   * Reads exactly `length` bytes, or rejects with a `CorruptFileError` naming `structure`. The
   * bytes must not be written to, and should be copied when a few of them are kept for long.
   */
  readonly read: (offset: number, length: number, structure: string) => Promise<Uint8Array>;
  /** The same without waiting, where all the bytes are there; otherwise `undefined`. */
  readonly tryRead: (offset: number, length: number, structure: string) => Uint8Array | undefined;
  /**
   * Starts reading what will soon be asked for, neighbours together. A hint: it can't fail.
   * Resolves when what it started has been read.
   */
  readonly prefetch: (extents: readonly Extent[]) => Promise<unknown>;
  /** Forgets what was read: the file has changed. */
  readonly forget: () => void;
}

interface Page {
  readonly loading: Promise<Uint8Array>;
  /** Once they are there. */
  bytes: Uint8Array | undefined;
}

/** A piece of the file. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads a file's small, scattered metadata in few reads, through a cache of pages: 8 KiB each and
 * 2 MiB in all, or where requests are dear pages that are worth one, 16 at least. A read of more
 * than two pages that aren't there goes past the cache.
 */
export function metadataReader(source: ByteSource): MetadataReader {
  const pages = new Map<number, Page>();
  const pageBytes = pageFor(source.requestCost ?? 0);
  const maxPages = Math.max(MIN_PAGES, MAX_BYTES / pageBytes);
  const maxRun = Math.max(1, MAX_RUN_BYTES / pageBytes);

  function page(number: number): Promise<Uint8Array> {
    const known = pages.get(number);
    if (known === undefined) return loadRun(number, 1);
    keep(number, known);
    return known.loading;
  }

  /** Moves a page to the young end: a Map iterates in order of insertion. */
  function keep(number: number, page: Page): void {
    pages.delete(number);
    pages.set(number, page);
  }

  /** Reads neighbouring pages at once; resolves with the first of them. */
  function loadRun(first: number, count: number): Promise<Uint8Array> {
    const start = first * pageBytes;
    const loading = source.read(start, Math.min(count * pageBytes, source.size - start));
    const loadingPages = Array.from({ length: count }, (_, i) => {
      const loadingPage = loading.then(
        (bytes) => (page.bytes = bytes.subarray(i * pageBytes, (i + 1) * pageBytes)),
      );
      const page: Page = { loading: loadingPage, bytes: undefined };
      pages.set(first + i, page);
      loadingPage.catch(() => {
        if (pages.get(first + i) === page) pages.delete(first + i);
      });
      return loadingPage;
    });
    for (const oldest of pages.keys()) {
      if (pages.size <= maxPages) break;
      pages.delete(oldest);
    }
    return loadingPages[0]!;
  }

  function prefetch(extents: readonly Extent[]): Promise<unknown> {
    const pageCount = Math.ceil(source.size / pageBytes);
    const wanted = new Set<number>();
    for (const { offset, length } of extents) {
      const first = Math.floor(offset / pageBytes);
      const end = Math.min(Math.ceil((offset + length) / pageBytes), pageCount, first + maxRun);
      for (let number = first; number < end; number++) {
        const known = pages.get(number);
        // What is there already must still be there when it is asked for.
        if (known === undefined) wanted.add(number);
        else keep(number, known);
      }
    }
    const numbers = [...wanted].sort((a, b) => a - b).slice(0, maxPages / 2);
    const runs: Promise<unknown>[] = [];
    for (let from = 0; from < numbers.length;) {
      const first = numbers[from]!;
      let end = from + 1;
      while (numbers[end] === first + end - from && end - from < maxRun) end++;
      runs.push(loadRun(first, end - from));
      from = end;
    }
    return Promise.allSettled(runs);
  }

  function areThere(first: number, last: number): boolean {
    for (let number = first; number <= last; number++) if (!pages.has(number)) return false;
    return true;
  }

  function expectWithin(offset: number, length: number, structure: string): void {
    if (offset >= 0 && length >= 0 && offset + length <= source.size) return;
    throw new CorruptFileError(
      `Expected ${length} bytes at ${offset}, but the file ends at ${source.size}`,
      { place: { file: source.name, structure, offset } },
    );
  }

  /** What was read in one go lies in one piece of memory. */
  function tryRead(offset: number, length: number, structure: string): Uint8Array | undefined {
    expectWithin(offset, length, structure);
    if (length === 0) return new Uint8Array(0);
    const number = Math.floor(offset / pageBytes);
    const last = Math.floor((offset + length - 1) / pageBytes);
    const page = pages.get(number);
    if (page?.bytes === undefined) return undefined;
    const { buffer, byteOffset } = page.bytes;
    let end = byteOffset + page.bytes.length;
    for (let next = number + 1; next <= last; next++) {
      const bytes = pages.get(next)?.bytes;
      if (bytes?.buffer !== buffer || bytes.byteOffset !== end) return undefined;
      end += bytes.length;
    }
    const start = byteOffset + offset - number * pageBytes;
    if (start + length > end) return undefined;
    keep(number, page);
    return new Uint8Array(buffer, start, length);
  }

  async function read(offset: number, length: number, structure: string): Promise<Uint8Array> {
    expectWithin(offset, length, structure);
    if (length === 0) return new Uint8Array(0);
    const first = Math.floor(offset / pageBytes);
    const last = Math.floor((offset + length - 1) / pageBytes);
    const start = offset - first * pageBytes;
    if (last === first) return (await page(first)).subarray(start, start + length);
    // What is large is worth a read of its own, unless it is being read already.
    if (last - first > 1 && !areThere(first, last)) return source.read(offset, length);
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const parts = await Promise.all(numbers.map(page));
    const bytes = new Uint8Array(length);
    parts.forEach((part, i) => {
      const skipped = i === 0 ? start : 0;
      const to = i * pageBytes + skipped - start;
      bytes.set(part.subarray(skipped, skipped + length - to), to);
    });
    return bytes;
  }

  return {
    read,
    tryRead,
    prefetch,
    forget: () => {
      pages.clear();
    },
  };
}

/** The power of 2 at `requestCost` or below, within bounds. */
function pageFor(requestCost: number): number {
  let page = SMALLEST_PAGE;
  while (page * 2 <= Math.min(requestCost, LARGEST_PAGE)) page *= 2;
  return page;
}
