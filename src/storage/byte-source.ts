/**
 * Something that reads bytes at an offset: a file, a Blob, an HTTP range, memory.
 * Concurrent reads are allowed; a read returns exactly `length` bytes or rejects
 * (`CorruptFileError` beyond the end, `StorageError` when the device fails).
 */
export interface ByteSource {
  /** Path or URL, for messages. */
  readonly name: string;
  /** Bytes in the source when it was opened. */
  readonly size: number;
  read(offset: number, length: number, options?: { signal?: AbortSignal }): Promise<Uint8Array>;
  close(): Promise<void>;
}
