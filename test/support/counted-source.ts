import type { ByteSource } from '#src/storage/byte-source.js';

export interface CountedSource extends ByteSource {
  reads: number;
  bytes: number;
  /** Offsets of the reads, in their order. */
  readonly offsets: number[];
}

/** A source that counts what is read through it. */
export function counted(source: ByteSource): CountedSource {
  const result: CountedSource = {
    name: source.name,
    get size() {
      return source.size;
    },
    reads: 0,
    bytes: 0,
    offsets: [],
    read(offset, length, options) {
      result.reads++;
      result.bytes += length;
      result.offsets.push(offset);
      return source.read(offset, length, options);
    },
    refresh: () => source.refresh?.() ?? Promise.resolve(),
    close: () => source.close(),
  };
  return result;
}
