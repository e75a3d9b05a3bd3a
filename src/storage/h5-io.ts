import fs from 'node:fs';
import type * as H5wasm from 'h5wasm/node';

/**
 * The bytes of one file that HDF5 has open: every read, write and truncation that HDF5 makes goes
 * through these calls. They throw Node's errors (with `code`); positions and lengths are bytes.
 */
export interface FileIo {
  read(into: Uint8Array, position: number): number;
  write(from: Uint8Array, position: number): number;
  truncate(length: number): void;
  /** Bytes in the file. */
  size(): number;
}

/** What is known about the I/O of one file that HDF5 has open. */
export interface WatchedFile {
  /** Where HDF5 opens it. */
  readonly path: string;
  /** The first I/O error. From then on HDF5's cache and the file disagree. */
  failure: unknown;
  /**
   * Set once the failed file is being closed: HDF5 may then only take its state apart, so what
   * it still writes is dropped instead of making a bad file worse.
   */
  discarding: boolean;
  /** Streams that HDF5 has open on it: none once it has really let go of the file. */
  streams: number;
}

/** How the bytes of a file that is being opened are reached, given its descriptor. */
export type MakeIo = (descriptor: number) => FileIo;

/** Reads and writes go straight to the file. */
export const directIo: MakeIo = (descriptor) => ({
  read: (into, position) => fs.readSync(descriptor, into, 0, into.length, position),
  write: (from, position) => fs.writeSync(descriptor, from, 0, from.length, position),
  truncate: (length) => {
    fs.ftruncateSync(descriptor, length);
  },
  size: () => fs.fstatSync(descriptor).size,
});

export type H5Library = typeof H5wasm.Module;

/**
 * Loads h5wasm and puts this module under its file system, once a process. Not before it is needed:
 * starting it takes longer than all that a loader does until its first batch, which needs none of it.
 */
export async function loadH5wasm(): Promise<H5Library> {
  const library = await import('h5wasm/node');
  await library.ready;
  if (loaded === undefined) interpose(library.Module);
  loaded = library;
  return library.Module;
}

/** What h5wasm has beside the library itself, for calls on a file, which is open once it is loaded. */
export function h5wasm(): typeof H5wasm {
  return loaded!;
}

/**
 * Runs `open` (which must open `path` through HDF5, synchronously) and watches the I/O of that
 * file from then on.
 *
 * @param file what is known of the file already, when it is opened again
 */
export function watchOpening<T>(
  path: string,
  makeIo: MakeIo,
  open: () => T,
  file: WatchedFile = { path, failure: undefined, discarding: false, streams: 0 },
): { file: WatchedFile; result: T } {
  opening = { file, makeIo };
  try {
    return { file, result: open() };
  } finally {
    opening = undefined;
  }
}

/** How a call to h5wasm came out. */
export interface CallOutcome<T> {
  readonly result?: T;
  readonly thrown?: unknown;
  /** HDF5's error stack as it prints it, empty if it found nothing wrong. */
  readonly errorStack: string;
}

/**
 * Runs `call` and catches what HDF5 prints meanwhile. h5wasm drops most return codes; HDF5 itself
 * prints an error stack for every API call that fails. Calls may be nested: the inner one catches.
 */
export function captureErrorStack<T>(call: () => T): CallOutcome<T> {
  const outer = captured;
  captured = '';
  try {
    const result = call();
    return { result, errorStack: captured };
  } catch (thrown) {
    return { thrown, errorStack: captured };
  } finally {
    captured = outer;
  }
}

/**
 * What HDF5 says went wrong, from the innermost frame of its first error stack, whose lines read
 * `  #007: H5Fsuper.c line 498 in H5F__super_read(): truncated file: eof = …`.
 */
export function innermostMessage(errorStacks: string): string {
  // Later stacks are h5wasm carrying on with the handle it didn't get.
  const [first = ''] = errorStacks.split('HDF5-DIAG').filter((stack) => stack !== '');
  const frames = [...first.matchAll(/^ {2}#\d+: .*? in \w+\(\): (.*)$/gm)];
  return frames.at(-1)?.[1] ?? 'HDF5 gave no reason';
}

let loaded: typeof H5wasm | undefined;
let opening: { file: WatchedFile; makeIo: MakeIo } | undefined;
let captured: string | undefined;
const watched = new WeakMap<Stream, { file: WatchedFile; io: FileIo }>();

/** What h5wasm's emscripten runtime knows of an open file; its own types leave `nfd` out. */
interface Stream {
  readonly fd: number;
  /** Node's file descriptor. */
  readonly nfd: number;
  position: number;
}

type Transfer = (
  stream: Stream,
  heap: Int8Array,
  start: number,
  length: number,
  position?: number,
) => number;

interface FileSystem {
  open: (path: string, flags: number | string, mode?: number) => Stream;
  close: (stream: Stream) => void;
  read: Transfer;
  write: Transfer;
  ftruncate: (fd: number, length: number) => void;
  fstat: (fd: number) => { size: number };
  getStreamChecked: (fd: number) => Stream;
  readonly ErrnoError: new (errno: number) => Error;
}

const stderr = 2;
/** EIO in WASI's numbering. HDF5 only has to know that the call failed; the cause is kept here. */
const ioError = 29;

/**
 * Replaces the calls of emscripten's file system (built with NODERAWFS) that HDF5's POSIX driver
 * makes on an open file. A JavaScript exception must become an `ErrnoError` before it crosses
 * WebAssembly, or it would unwind HDF5 in mid-air.
 */
function interpose(library: H5Library): void {
  const system = library.FS as unknown as FileSystem;
  const original = { ...system };

  const attempt = <T>(file: WatchedFile, operation: () => T): T => {
    try {
      if (file.failure !== undefined && !file.discarding) throw file.failure as Error;
      return operation();
    } catch (error) {
      file.failure ??= error;
      throw new system.ErrnoError(ioError);
    }
  };

  system.open = (path, flags, mode) => {
    const stream = original.open(path, flags, mode);
    if (opening?.file.path === path) {
      watched.set(stream, { file: opening.file, io: opening.makeIo(stream.nfd) });
      opening.file.streams++;
    }
    return stream;
  };

  system.close = (stream) => {
    const entry = watched.get(stream);
    if (entry !== undefined && watched.delete(stream)) entry.file.streams--;
    original.close(stream);
  };

  system.read = (stream, heap, start, length, position) => {
    const entry = watched.get(stream);
    if (entry === undefined) return original.read(stream, heap, start, length, position);
    return attempt(entry.file, () => {
      const from = position ?? stream.position;
      const count = entry.io.read(bytesOf(heap, start, length), from);
      if (position === undefined) stream.position = from + count;
      return count;
    });
  };

  system.write = (stream, heap, start, length, position) => {
    if (stream.fd === stderr && captured !== undefined) {
      captured += Buffer.from(bytesOf(heap, start, length)).toString();
      return length;
    }
    const entry = watched.get(stream);
    if (entry === undefined) return original.write(stream, heap, start, length, position);
    if (entry.file.discarding) return length;
    return attempt(entry.file, () => {
      const to = position ?? stream.position;
      const count = entry.io.write(bytesOf(heap, start, length), to);
      if (position === undefined) stream.position = to + count;
      return count;
    });
  };

  system.fstat = (fd) => {
    const stat = original.fstat(fd);
    const entry = watched.get(system.getStreamChecked(fd));
    if (entry !== undefined) stat.size = attempt(entry.file, () => entry.io.size());
    return stat;
  };

  system.ftruncate = (fd, length) => {
    const entry = watched.get(system.getStreamChecked(fd));
    if (entry === undefined) {
      original.ftruncate(fd, length);
    } else if (!entry.file.discarding) {
      attempt(entry.file, () => {
        entry.io.truncate(length);
      });
    }
  };
}

function bytesOf(heap: Int8Array, start: number, length: number): Uint8Array {
  return new Uint8Array(heap.buffer, heap.byteOffset + start, length);
}
