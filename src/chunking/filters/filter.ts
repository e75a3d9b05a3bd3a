import { CorruptFileError } from '../../errors.js';

/** How one filter of a pipeline is undone. */
export interface Filter {
  /**
   * Undoes the filter. The result may be a view of `bytes`.
   *
   * @param maxLength the most bytes that a sound chunk has at this stage
   * @throws CorruptFileError when the bytes can't be what the filter made.
   */
  readonly decode: (bytes: Uint8Array, maxLength: number) => Uint8Array;
  /** The most bytes that the filter makes of `length` bytes. */
  readonly encodedBound: (length: number) => number;
  /**
   * The most bytes that one byte of what the filter makes can stand for: no more memory is taken for
   * a small chunk than it can fill, whatever it says of itself.
   */
  readonly expansion: number;
}

/** A run of bytes within an array; `end` is the first byte behind it. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Undoes a compression: fills `to` to its last byte, and not one byte beyond. */
export type Decompress = (from: ByteRange, to: ByteRange) => void;

/** The error for bytes that a filter, or a structure in its output, can't have made. */
export function damaged(structure: string, message: string, cause?: unknown): CorruptFileError {
  return new CorruptFileError(message, { place: { structure }, cause });
}
