import { mix } from '../common/hash.js';

/** Keys a stream of pseudo-random numbers is made from; any integers, the same ones give the same stream. */
export type RandomKey = readonly number[];

/**
 * A number from 0 up to 1 (not included) for every counter, each independent of the others: random
 * access to a pseudo-random sequence, in O(1) memory. 53 bits.
 *
 * @example
 * const at = uniformAt([seed, epoch]);
 * at(1000); // the thousand-and-first number of the sequence
 */
export function uniformAt(key: RandomKey): (counter: number) => number {
  const [first, second, third] = roundKeys(key, 3) as unknown as [number, number, number];
  return (counter) => {
    const low = mix((counter ^ first) >>> 0);
    const high = mix(mix((low + Math.floor(counter / 2 ** 32)) ^ second) ^ third);
    const other = mix(high ^ mix(low ^ third));
    return ((high >>> 5) * 2 ** 26 + (other >>> 6)) / 2 ** 53;
  };
}

/** `count` 32-bit numbers that depend on every part of the key. */
export function roundKeys(key: RandomKey, count: number): Uint32Array {
  let state = 0x9e3779b9;
  for (const part of key) {
    // Both halves count, so seeds that differ above 32 bits differ here too.
    state = mix(state ^ (part >>> 0)) + 0x9e3779b9;
    state = mix(state ^ (Math.floor(part / 2 ** 32) >>> 0)) + 0x9e3779b9;
  }
  return Uint32Array.from({ length: count }, (_, round) => mix(state + round * 0x9e3779b9));
}
