import type { Filter } from './filter.js';

/**
 * Filter 2: the first bytes of all elements, then the second bytes, and so on. Bytes left over
 * behind the last whole element stay where they are. Source: libhdf5, `H5Z__filter_shuffle`.
 */
export function shuffleFilter(elementSize: number): Filter {
  return {
    decode: (bytes) => unshuffle(bytes, elementSize),
    encodedBound: (length) => length,
    expansion: 1,
  };
}

/** The result is `bytes` itself where nothing was moved. */
export function unshuffle(bytes: Uint8Array, elementSize: number): Uint8Array {
  const elements = Math.floor(bytes.length / elementSize);
  if (elementSize === 1 || elements < 2) return bytes;
  const result = new Uint8Array(bytes.length);
  for (let byte = 0; byte < elementSize; byte++) {
    const plane = byte * elements;
    for (let i = 0, to = byte; i < elements; i++, to += elementSize) result[to] = bytes[plane + i]!;
  }
  const whole = elements * elementSize;
  result.set(bytes.subarray(whole), whole);
  return result;
}
