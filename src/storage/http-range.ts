import { CorruptFileError, NotFoundError, StorageError } from '../errors.js';

/** What is asked, and of whom. */
export interface RangeRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly start: number;
  /** At least 1. Fewer bytes come where the file ends before. */
  readonly length: number;
  /** How many times more to try after a failure that may pass. */
  readonly retries: number;
  readonly signal: AbortSignal;
}

/** The bytes, and what tells one version of the file from another. */
export interface RangeAnswer {
  readonly bytes: Uint8Array;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** A failure that may pass. */
interface Failure {
  readonly cause: unknown;
  /** Milliseconds that the server asks to wait. */
  readonly wait: number;
}

/** Overload and failures of gateways: RFC 9110 section 15, RFC 6585. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const FIRST_WAIT = 200;
const LONGEST_WAIT = 10_000;

/**
 * Asks an HTTP server for a range of a file, again and ever more slowly where a failure may pass:
 * the connection breaks, the answer is cut short, the server is overloaded.
 *
 * Source: RFC 9110, section 14, "Range Requests".
 *
 * @throws NotFoundError, StorageError; the signal's reason when it is aborted.
 */
export async function fetchRange(request: RangeRequest): Promise<RangeAnswer> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await tryOnce(request);
    if ('bytes' in outcome) return outcome;
    if (attempt >= request.retries) throw gaveUp(request, attempt + 1, outcome.cause);
    // Clients that failed together should not come back together.
    const backoff = FIRST_WAIT * 2 ** attempt * (0.5 + Math.random());
    await wait(Math.min(LONGEST_WAIT, Math.max(outcome.wait, backoff)), request.signal);
  }
}

async function tryOnce(request: RangeRequest): Promise<RangeAnswer | Failure> {
  const { url, headers, start, length, signal } = request;
  signal.throwIfAborted();
  let response: Response | undefined;
  try {
    response = await fetch(url, {
      headers: { ...headers, Range: `bytes=${start}-${start + length - 1}` },
      // A browser's cache would answer ranges of one URL one after the other.
      cache: 'no-store',
      signal,
    });
    if (response.status === 206) return await answerOf(request, response);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof StorageError) throw cause;
    return { cause, wait: 0 };
  } finally {
    // What is wrong is known already, whatever becomes of the rest of the answer.
    if (response?.bodyUsed === false) response.body?.cancel().catch(() => undefined);
  }
  const { status } = response;
  if (status === 416 && start === 0 && contentRange(response)?.size === 0) {
    return { bytes: new Uint8Array(0), size: 0, ...validatorsOf(response) };
  }
  if (!PASSING.has(status)) throw refused(request, status);
  return { cause: new Error(`HTTP status ${status}`), wait: retryAfter(response) };
}

async function answerOf(request: RangeRequest, response: Response): Promise<RangeAnswer | Failure> {
  const place = { file: request.url, offset: request.start };
  const range = contentRange(response);
  if (range === undefined) {
    throw new StorageError('The answer does not say which range it is (Content-Range)', {
      place,
      advice:
        'A server of another origin must send Access-Control-Expose-Headers: Content-Range, ETag',
    });
  }
  const { start, stop, size } = range;
  const end = Math.min(request.start + request.length, size);
  if (start !== request.start || stop !== end) {
    throw new StorageError(
      `Expected bytes ${request.start} to ${end} of ${size}, got ${start} to ${stop}`,
      { place },
    );
  }
  const bytes = await readBody(response, end - start);
  if (bytes === null) {
    return { cause: new Error(`Expected a body of ${end - start} bytes`), wait: 0 };
  }
  return { bytes, size, ...validatorsOf(response) };
}

/** Takes no more memory than was asked for, whatever is sent; `null` when the length is another. */
async function readBody(response: Response, length: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return length === 0 ? bytes : null;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return filled === length ? bytes : null;
    if (filled + value.length > length) {
      await reader.cancel();
      return null;
    }
    bytes.set(value, filled);
    filled += value.length;
  }
}

/** `bytes 0-99/1234`; of an unsatisfied range a star stands for the bytes. */
function contentRange(
  response: Response,
): { start: number; stop: number; size: number } | undefined {
  const header = response.headers.get('Content-Range') ?? '';
  const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/i.exec(header.trim());
  if (match === null) return undefined;
  const [, first = '0', last = '-1', size] = match;
  return { start: Number(first), stop: Number(last) + 1, size: Number(size) };
}

function validatorsOf({ headers }: Response): Pick<RangeAnswer, 'etag' | 'lastModified'> {
  return { etag: headers.get('ETag'), lastModified: headers.get('Last-Modified') };
}

/** Seconds or a date. */
function retryAfter(response: Response): number {
  const header = response.headers.get('Retry-After');
  if (header === null) return 0;
  const milliseconds = /^\d+$/.test(header)
    ? Number(header) * 1000
    : Date.parse(header) - Date.now();
  return milliseconds > 0 ? milliseconds : 0;
}

function refused(request: RangeRequest, status: number): Error {
  const place = { file: request.url };
  if (status === 404 || status === 410) {
    return new NotFoundError(`There is no such file (HTTP status ${status})`, { place });
  }
  if (status === 401 || status === 403) {
    return new StorageError(`The server refuses access (HTTP status ${status})`, {
      place,
      advice: 'Give what it wants in the option headers, such as Authorization',
    });
  }
  if (status === 416) {
    return new CorruptFileError(
      `Expected ${request.length} bytes at ${request.start}, but the file ends before`,
      { place: { ...place, offset: request.start }, advice: 'It was cut: open it again' },
    );
  }
  if (status >= 200 && status < 300) {
    return new StorageError(
      `Expected a part of the file (HTTP status 206), got all of it (${status})`,
      {
        place,
        advice: 'The server does not serve ranges: download the file, or use one that does',
      },
    );
  }
  return new StorageError(`The server refuses (HTTP status ${status})`, { place });
}

function gaveUp({ url, start, length }: RangeRequest, times: number, cause: unknown): StorageError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new StorageError(
    `Reading ${length} bytes failed ${times === 1 ? 'once' : `${times} times`}${reason}`,
    { place: { file: url, offset: start }, cause },
  );
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
}
