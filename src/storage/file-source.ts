import { close, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { ClosedError, NotFoundError, StorageError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { settleForReading } from './recover.js';
import { endOfSource, expectGrown, expectWithin } from './source-range.js';

/** A byte source over a file; `fd` may be shared with worker threads until `close`. */
export interface FileSource extends ByteSource {
  readonly fd: number;
  refresh(): Promise<void>;
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
  const fd = await openForReading(path);
  let size = await regularFileSize(fd, path).catch(async (error: unknown) => {
    await closeFile(fd);
    throw error;
  });
  let closed = false;
  const expectOpen = (): void => {
    if (!closed) return;
    throw new ClosedError('The file was read after it was closed', { place: { file: path } });
  };
  return {
    name: path,
    get size() {
      return size;
    },
    fd,
    async read(offset, length, options) {
      expectOpen();
      options?.signal?.throwIfAborted();
      expectWithin(path, size, offset, length);
      return readFully(fd, path, offset, length, options?.signal);
    },
    async refresh() {
      expectOpen();
      const now = await regularFileSize(fd, path);
      expectGrown(path, size, now);
      size = now;
    },
    async close() {
      if (closed) return;
      closed = true;
      await closeFile(fd).catch((cause: unknown) => {
        throw new StorageError('Closing the file failed', { place: { file: path }, cause });
      });
    },
  };
}

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);
const readFile = promisify(read);

async function openForReading(path: string): Promise<number> {
  try {
    return await openFile(path, 'r');
  } catch (cause) {
    const place = { file: path };
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new NotFoundError('There is no such file', { place, cause });
    }
    throw new StorageError('The file cannot be opened', { place, cause });
  }
}

async function regularFileSize(fd: number, path: string): Promise<number> {
  const place = { file: path };
  const stat = await statFile(fd).catch((cause: unknown) => {
    throw new StorageError("The file's size cannot be read", { place, cause });
  });
  if (!stat.isFile()) throw new StorageError('Expected a regular file', { place });
  return stat.size;
}

async function readFully(
  fd: number,
  path: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await readFile(fd, bytes, filled, length - filled, offset + filled).catch(
      (cause: unknown) => {
        throw new StorageError(`Reading ${length} bytes failed`, {
          place: { file: path, offset },
          cause,
        });
      },
    );
    signal?.throwIfAborted();
    if (bytesRead === 0) throw endOfSource(path, offset + filled, offset, length);
    filled += bytesRead;
  }
  return bytes;
}
