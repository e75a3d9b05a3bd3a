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
export function indexPermutation(n: number, key: readonly number[]): Permutation {
  if (n <= 1) return (position) => position;
  const halfBits = Math.ceil(bitLength(n - 1) / 2);
  const half = 2 ** halfBits;
  const keys = roundKeys(key);
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

function roundKeys(key: readonly number[]): Uint32Array {
  let state = 0x9e3779b9;
  for (const part of key) {
    // Both halves count, so seeds that differ above 32 bits differ here too.
    state = mix(state ^ (part >>> 0)) + 0x9e3779b9;
    state = mix(state ^ (Math.floor(part / 2 ** 32) >>> 0)) + 0x9e3779b9;
  }
  return Uint32Array.from({ length: ROUNDS }, (_, round) => mix(state + round * 0x9e3779b9));
}

/** MurmurHash3's 32-bit finalizer: every input bit changes about half of the output bits. */
function mix(value: number): number {
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function bitLength(value: number): number {
  return value === 0 ? 1 : Math.floor(Math.log2(value)) + 1;
}
