import { mix } from '../common/hash.js';
import { roundKeys, type RandomKey } from './random.js';

/** A one-to-one map of `0 … n-1` onto itself. */
export type Permutation = (position: number) => number;

const ROUNDS = 8;

/**
 * A pseudo-random permutation of `0 … n-1` in O(1) memory: a balanced Feistel network over the
 * smallest even number of bits that holds `n`, walked until it falls below `n`.
 *
 * Sources: J. Black, P. Rogaway, "Ciphers with Arbitrary Finite Domains" (CT-RSA 2002), the cycle
 * walking; R. Mitchell et al., "Bandwidth-Optimal Random Shuffling for GPUs" (2021), its use for
 * shuffling. The round function is MurmurHash3's finalizer (A. Appleby) over half and round key.
 *
 * @param n number of elements, 0 to 2^52
 * @param key any 32-bit integers; the same keys give the same permutation everywhere
 * @example
 * const image = indexPermutation(1_000_000, [seed, epoch]);
 * image(0); // the first image of the epoch
 */
export function indexPermutation(n: number, key: RandomKey): Permutation {
  if (n <= 1) return (position) => position;
  const halfBits = Math.ceil(bitLength(n - 1) / 2);
  const half = 2 ** halfBits;
  const keys = roundKeys(key, ROUNDS);
  const encrypt = (value: number): number => {
    let left = Math.floor(value / half);
    let right = value % half;
    for (let round = 0; round < ROUNDS; round++) {
      // Halves have at most 26 bits, so the sums below stay exact integers.
      const next = (left ^ (mix(right ^ keys[round]!) & (half - 1))) >>> 0;
      left = right;
      right = next;
    }
    return left * half + right;
  };
  return (position) => {
    let value = encrypt(position);
    while (value >= n) value = encrypt(value);
    return value;
  };
}

function bitLength(value: number): number {
  return value === 0 ? 1 : Math.floor(Math.log2(value)) + 1;
}
