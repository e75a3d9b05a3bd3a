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
}
