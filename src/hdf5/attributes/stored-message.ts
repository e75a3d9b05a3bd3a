/** A message as it lies in a closed file. */
export interface StoredMessage {
  readonly body: Uint8Array;
  /**
   * Puts another body there, and makes the checksum over it anew.
   *
   * @throws RangeError when it is longer; UnsupportedByLibraryError when it is in a heap, and shorter
   */
  readonly replace: (body: Uint8Array) => void;
}
