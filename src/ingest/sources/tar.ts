import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Header } from 'tar-stream';
import { extract } from 'tar-stream';
import { CorruptFileError } from '../../errors.js';

/** A file in an archive. */
export interface TarFile {
  /** As the archive has it: it is never used as a path. */
  readonly name: string;
  /** Number of the entry, from 0. */
  readonly entry: number;
  /** Its bytes, or why they aren't read. */
  readonly content: Uint8Array | string;
}

/** Larger files aren't read: no image of a data set is. */
const maxFileBytes = 2 ** 28;

/**
 * The files in a tar archive, compressed with gzip or not, in order, one in memory at a time.
 * Nothing is written to disk. Folders are left out.
 *
 * @throws CorruptFileError when the archive is damaged, or cut short: after what comes before
 */
export async function* readTar(file: string): AsyncGenerator<TarFile> {
  const entries = extract();
  const tail = watchTail();
  const input = createReadStream(file, { highWaterMark: 2 ** 18 });
  const stages = (await isGzip(file)) ? [input, createGunzip(), tail.stream] : [input, tail.stream];
  // Its failure is met where the entries are read.
  pipeline([...stages, entries], () => undefined);
  let number = 0;
  try {
    for await (const entry of entries) {
      const content = await contentOf(entry.header, entry);
      if (content !== undefined) yield { name: entry.header.name, entry: number, content };
      number++;
    }
  } catch (error) {
    throw asCorrupt(error, file, number);
  } finally {
    input.destroy();
    entries.destroy();
  }
  if (!tail.isEnd()) throw damaged(file, number, 'it has no end: it was cut short', undefined);
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

async function contentOf(
  { type, size }: Header,
  stream: AsyncIterable<unknown> & { resume(): void },
): Promise<Uint8Array | string | undefined> {
  const isFile = type === 'file' || type === 'contiguous-file';
  if (!isFile || size > maxFileBytes) {
    stream.resume();
    if (isFile) return `it is larger than ${maxFileBytes} bytes`;
    return type === 'directory' ? undefined : 'it is not a regular file';
  }
  const content = new Uint8Array(size);
  let done = 0;
  for await (const piece of stream) {
    content.set(piece as Uint8Array, done);
    done += (piece as Uint8Array).length;
  }
  return content;
}

/** An archive ends with two blocks of zeros (POSIX ustar); tar-stream doesn't ask for them. */
const endBytes = 1024;

function watchTail(): { readonly stream: Transform; isEnd(): boolean } {
  let zeros = 0;
  const stream = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      let trailing = 0;
      const most = Math.min(piece.length, endBytes);
      while (trailing < most && piece[piece.length - 1 - trailing] === 0) trailing++;
      zeros = trailing === piece.length ? zeros + trailing : trailing;
      done(null, piece);
    },
  });
  return { stream, isEnd: () => zeros >= endBytes };
}

function asCorrupt(error: unknown, file: string, entry: number): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  // Reading the disk failed: that is told as such.
  if (syscall !== undefined && code !== undefined) return error;
  return damaged(file, entry, error instanceof Error ? error.message : String(error), error);
}

function damaged(file: string, entry: number, reason: string, cause: unknown): CorruptFileError {
  return new CorruptFileError(
    `The tar archive ${path.basename(file)} can't be read beyond entry ${entry}: ${reason}`,
    {
      place: { file },
      advice: 'What came before is read; fetch or write the archive again',
      cause,
    },
  );
}
