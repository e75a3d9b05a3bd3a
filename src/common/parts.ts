import { InvalidOptionError } from '../errors.js';
import { murmur3 } from './hash.js';
import { utf8Encoder } from './utf8.js';

/** The parts of a division of images, by name, with the share of each. The shares add up to 1. */
export type Parts = Readonly<Record<string, number>>;

/**
 * @param option what the user calls them, for messages
 * @throws InvalidOptionError unless shares are above 0 and add up to 1
 */
export function checkParts(option: string, parts: Parts): void {
  const shares = Object.entries(parts);
  for (const [part, share] of shares) {
    if (typeof share === 'number' && Number.isFinite(share) && share > 0) continue;
    throw new InvalidOptionError(
      `Expected \`${option}.${part}\` to be a number above 0, got \`${String(share)}\``,
    );
  }
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  if (Math.abs(sum - 1) <= 1e-9) return;
  throw new InvalidOptionError(`Expected the shares of \`${option}\` to add up to 1, got ${sum}`);
}

/**
 * Which part an image is in, as its place among the parts: its id's hash, MurmurHash3_x86_32 of its
 * UTF-8 bytes (of a number: of its decimal text), divided by 2^32, falls into the first part's share, or
 * the second's, … So an image never changes its part, however many there are. In Python:
 * `mmh3.hash(id, seed, signed=False) / 2**32`.
 */
export function partNumberOf(parts: Parts, seed: number): (id: string) => number {
  let sum = 0;
  const ends = Object.values(parts).map((share) => (sum += share));
  const utf8 = utf8Encoder();
  return (id) => {
    const at = murmur3(utf8(id), seed) / 2 ** 32;
    const part = ends.findIndex((end) => at < end);
    // Shares that add up to a little less than 1 leave no gap.
    return part < 0 ? ends.length - 1 : part;
  };
}
