import type { ByteSource } from '../storage/byte-source.js';

/** A read that has been done, or has failed. */
export type DoneRead<T> = T & ({ readonly bytes: Uint8Array } | { readonly error: unknown });

/** Bytes that are read ahead of their use, and reads at the same time. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_READS = 8;

/** Reads one after the other while those that follow are under way. */
export async function* readAhead<T extends { readonly offset: number; readonly length: number }>(
  source: ByteSource,
  reads: Iterable<T> | AsyncIterable<T>,
): AsyncGenerator<DoneRead<T>> {
  const underWay: { length: number; done: Promise<DoneRead<T>> }[] = [];
  let bytes = 0;
  const next = (): Promise<DoneRead<T>> => {
    const { length, done } = underWay.shift()!;
    bytes -= length;
    return done;
  };
  try {
    for await (const read of reads) {
      while (
        underWay.length > 0 &&
        (underWay.length >= MOST_READS || bytes + read.length > MOST_BYTES)
      ) {
        yield await next();
      }
      bytes += read.length;
      underWay.push({ length: read.length, done: readOne(source, read) });
    }
    while (underWay.length > 0) yield await next();
  } finally {
    // The source is closed next.
    await Promise.all(underWay.map(({ done }) => done));
  }
}

async function readOne<T extends { readonly offset: number; readonly length: number }>(
  source: ByteSource,
  read: T,
): Promise<DoneRead<T>> {
  try {
    return { ...read, bytes: await source.read(read.offset, read.length) };
  } catch (error) {
    return { ...read, error };
  }
}
