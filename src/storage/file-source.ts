import { close, closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { ClosedError, NotFoundError, StorageError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { committedReads, type CommittedReads } from './committed-reads.js';
import { settleForReading } from './recover.js';
import { endOfSource, expectGrown, expectWithin } from './source-range.js';

/** A byte source over a file; `fd` may be shared with worker threads until `close`. */
export interface FileSource extends ByteSource {
  readonly fd: number;
  refresh(): Promise<void>;
  consistently<T>(read: () => Promise<T>): Promise<T>;
  isChanging(): boolean;
}

/**
 * Opens a file for positional reads. `size` is the file's size at this moment, and
 * at each `refresh`. A file whose writer was killed in the middle of a commit is recovered first.
 *
 * @throws NotFoundError when there is no such file, StorageError when it can't be opened, or has to
 *   be recovered and can't be.
 * @example
 * const source = await openFileSource('images.h5');
 * const signature = await source.read(0, 8);
 */
export async function openFileSource(path: string): Promise<FileSource> {
  await settleForReading(path);
  const fd = openForReading(path);
  const committed = committedReads(path, fd);
  let size: number;
  try {
    size = regularFileSize(fd, path, committed);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const readNow = promptReader(fd);
  let closed = false;
  /** Whether reads may be under way, here or by others. */
  let lent = false;
  let reading = 0;
  const expectOpen = (): void => {
    if (!closed) return;
    throw new ClosedError('The file was read after it was closed', { place: { file: path } });
  };
  return {
    name: path,
    get size() {
      return size;
    },
    get fd() {
      lent = true;
      return fd;
    },
    async read(offset, length, options) {
      expectOpen();
      options?.signal?.throwIfAborted();
      expectWithin(path, size, offset, length);
      const bytes = new Uint8Array(length);
      const filled = readNow(bytes, offset);
      if (filled === length) return bytes;
      reading++;
      try {
        return await readRest(fd, path, bytes, filled, offset, options?.signal);
      } finally {
        reading--;
      }
    },
    refresh: () =>
      new Promise((resolve) => {
        expectOpen();
        const now = regularFileSize(fd, path, committed);
        expectGrown(path, size, now);
        size = now;
        resolve();
      }),
    consistently: (read) => committed.consistently(read),
    isChanging: () => committed.isWritten(),
    async close() {
      if (closed) return;
      closed = true;
      try {
        // Behind the reads that wait for a thread: the number may soon be another file's.
        if (lent || reading > 0) await closeFile(fd);
        else closeSync(fd);
      } catch (cause) {
        throw new StorageError('Closing the file failed', { place: { file: path }, cause });
      }
    },
  };
}

/** What a page of metadata fits in, and a small chunk. */
const PROMPT_BYTES = 16_384;
/** Longer than it takes to copy so much from the page cache, shorter than a disk takes to seek. */
const PROMPT_MILLISECONDS = 1;
/** Prompt reads in a row; then one gives way to timers and to what else waits for the thread. */
const PROMPT_READS = 16;

const closeFile = promisify(close);

/**
 * Reads little without a detour through Node's thread pool, which takes ten times as long as
 * copying it from the page cache: until a read shows that the file isn't there. Returns how many
 * bytes were read; what is missing has to be read otherwise, and so has what can't be read.
 */
function promptReader(fd: number): (into: Uint8Array, offset: number) => number {
  let isPrompt = true;
  let left = PROMPT_READS;
  return (into, offset) => {
    if (!isPrompt || into.length > PROMPT_BYTES) return 0;
    if (left === 0) {
      left = PROMPT_READS;
      return 0;
    }
    left--;
    const start = performance.now();
    try {
      return readSync(fd, into, 0, into.length, offset);
    } catch {
      // The other way fails likewise, and says so.
      return 0;
    } finally {
      isPrompt = performance.now() - start < PROMPT_MILLISECONDS;
    }
  };
}

function openForReading(path: string): number {
  try {
    // A pipe would wait for its writer; to a file it is the same.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const place = { file: path };
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new NotFoundError('There is no such file', { place, cause });
    }
    throw new StorageError(`The file cannot be opened: ${(cause as Error).message}`, {
      place,
      cause,
    });
  }
}

function regularFileSize(fd: number, path: string, committed: CommittedReads): number {
  const place = { file: path };
  try {
    if (fstatSync(fd).isFile()) return committed.size();
  } catch (cause) {
    throw new StorageError("The file's size cannot be read", { place, cause });
  }
  throw new StorageError('Expected a regular file', { place });
}

/** Reads what is missing beyond the first `filled` bytes. */
async function readRest(
  fd: number,
  path: string,
  bytes: Uint8Array,
  filled: number,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { length } = bytes;
  while (filled < length) {
    const bytesRead = await new Promise<number>((resolve, reject) => {
      read(fd, bytes, filled, length - filled, offset + filled, (cause, count) => {
        if (cause === null) resolve(count);
        else
          reject(
            new StorageError(`Reading ${length} bytes failed`, {
              place: { file: path, offset },
              cause,
            }),
          );
      });
    });
    signal?.throwIfAborted();
    if (bytesRead === 0) throw endOfSource(path, offset + filled, offset, length);
    filled += bytesRead;
  }
  return bytes;
}
