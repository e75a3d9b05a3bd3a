/** The most bytes that are stored of a chunk: filters add little to what they can't compress. */
export function largestStored(chunkBytes: number): number {
  return 2 * chunkBytes + 65_536;
}
