/**
 * Something that reads bytes at an offset: a file, a Blob, an HTTP range, memory.
 * Concurrent reads are allowed; a read returns exactly `length` bytes or rejects
 * (`CorruptFileError` beyond the end, `StorageError` when the device fails).
 */
export interface ByteSource {
  /** Path or URL, for messages. */
  readonly name: string;
  /** Bytes in the source when it was opened or last refreshed. */
  readonly size: number;
  /**
   * What a request costs beyond its bytes, told as the bytes that could have been read meanwhile.
   * Left out where that is next to nothing. Readers of metadata take blocks of this size, and
   * readers of data read gaps of up to this size along.
   */
  readonly requestCost?: number;
  read(offset: number, length: number, options?: { signal?: AbortSignal }): Promise<Uint8Array>;
  /**
   * Looks again how many bytes there are, and rejects with a `StorageError` when they have become
   * fewer. Left out by sources that can't grow.
   */
  refresh?(): Promise<void>;
  /**
   * Runs `read`, again where its source was being changed meanwhile: what it finds belongs together.
   * Left out by sources that nobody changes.
   */
  consistently?<T>(read: () => Promise<T>): Promise<T>;
  /** Whether someone is changing it, or may be. */
  isChanging?(): boolean;
  close(): Promise<void>;
}
