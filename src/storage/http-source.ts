import { ClosedError, InvalidOptionError, StorageError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { fetchRange, type RangeAnswer } from './http-range.js';
import { expectGrown, expectWithin } from './source-range.js';

export interface HttpSourceOptions {
  /** Sent with every request, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many times more a request is tried that failed but may succeed; default 3. */
  readonly retries?: number;
  /** Stops the opening. Each read has a signal of its own. */
  readonly signal?: AbortSignal;
}

/** 256 KiB: at 10 MB/s they take 25 ms, about as long as a request on its way. */
const REQUEST_COST = 262_144;

/**
 * A byte source over a file that an HTTP server serves in ranges. Works in browsers and in Node.
 * The first request, made here, brings the file's size and its first 256 KiB, which are kept: the
 * metadata with which an HDF5 file begins costs no more requests. Redirects are followed, anew for
 * each request since their targets may expire.
 *
 * The file must stay as it is: an answer with another `ETag`, `Last-Modified` or size rejects the
 * read, until `refresh` accepts the file as it is then. `If-Range` isn't sent: to compare is as
 * safe, and a browser would ask the server's leave for that header first.
 *
 * @throws NotFoundError when there is no such file, StorageError when the server doesn't serve
 *   ranges, refuses, or can't be reached.
 * @example
 * const source = await httpSource('https://example.org/images.h5');
 * const { shape } = await openDataset(source, '/images');
 */
export async function httpSource(
  url: string | URL,
  options: HttpSourceOptions = {},
): Promise<ByteSource> {
  const name = absoluteUrl(url);
  const { headers = {}, retries = 3 } = options;
  if (!(Number.isInteger(retries) && retries >= 0)) {
    throw new InvalidOptionError(`Expected a number of retries of 0 or more, got ${retries}`);
  }
  const closing = new AbortController();

  function ask(start: number, length: number, signal?: AbortSignal): Promise<RangeAnswer> {
    const both = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
    return fetchRange({ url: name, headers, start, length, retries, signal: both });
  }

  let head = await ask(0, REQUEST_COST, options.signal);
  return {
    name,
    get size() {
      return head.size;
    },
    requestCost: REQUEST_COST,
    async read(offset, length, readOptions) {
      closing.signal.throwIfAborted();
      readOptions?.signal?.throwIfAborted();
      expectWithin(name, head.size, offset, length);
      if (offset + length <= head.bytes.length) return head.bytes.subarray(offset, offset + length);
      if (length === 0) return new Uint8Array(0);
      const expected = head;
      const answer = await ask(offset, length, readOptions?.signal);
      expectSameVersion(name, expected, answer);
      return answer.bytes;
    },
    async refresh() {
      const now = await ask(0, REQUEST_COST);
      expectGrown(name, head.size, now.size);
      head = now;
    },
    close() {
      closing.abort(
        new ClosedError('The file was read after it was closed', { place: { file: name } }),
      );
      return Promise.resolve();
    },
  };
}

function absoluteUrl(url: string | URL): string {
  const base = 'location' in globalThis ? globalThis.location.href : undefined;
  const parsed = URL.canParse(url, base) ? new URL(url, base) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed.href;
  throw new InvalidOptionError(`Expected an http or https URL, got ${String(url)}`);
}

function expectSameVersion(name: string, opened: RangeAnswer, now: RangeAnswer): void {
  const same =
    opened.size === now.size &&
    opened.etag === now.etag &&
    opened.lastModified === now.lastModified;
  if (same) return;
  const versionOf = ({ size, etag, lastModified }: RangeAnswer): string =>
    [`${size} bytes`, etag, lastModified].filter((part) => part !== null).join(', ');
  throw new StorageError(
    `The file has changed since it was opened: expected ${versionOf(opened)}, got ${versionOf(now)}`,
    { place: { file: name }, advice: 'Open it again' },
  );
}
