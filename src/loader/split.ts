import { InvalidOptionError } from '../errors.js';
import type { ColumnValue } from './column-rows.js';
import { finite, integer } from './check-option.js';
import { murmur3 } from './hash.js';

/**
 * One part of a division of the images that is made on the fly: a hash of each image's id decides, so
 * an image never changes its part, however the file grows.
 *
 * @example
 * const parts = { train: 0.8, validation: 0.2 };
 * await openLoader('photos.h5', { split: { name: 'validation', parts } });
 */
export interface Split {
  /** The part wanted: one of the names of `parts`. */
  readonly name: string;
  /** Share of each part. The shares add up to 1. */
  readonly parts: Readonly<Record<string, number>>;
  /**
   * The column whose value decides, by name or path. Images with the same value are in the same part:
   * name a column of patients, and no patient is in two. Default `id`; `null`: the image's number.
   */
  readonly by?: string | null;
  /** Another seed is another division. 32 bits. Default 0. */
  readonly seed?: number;
}

/** A split with its defaults. */
export type ResolvedSplit = Required<Split>;

/** @throws InvalidOptionError naming what isn't as it must be */
export function resolveSplit(split: Split): ResolvedSplit {
  const { name, parts, by = 'id', seed = 0 } = split;
  const shares = Object.entries(parts);
  for (const [part, share] of shares) {
    finite(`split.parts.${part}`, share);
    if (share > 0) continue;
    throw new InvalidOptionError(
      `Expected \`split.parts.${part}\` to be above 0, got \`${share}\``,
    );
  }
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-9) {
    throw new InvalidOptionError(
      `Expected the shares of \`split.parts\` to add up to 1, got ${sum}`,
    );
  }
  if (!Object.hasOwn(parts, name)) {
    throw new InvalidOptionError(
      `Expected \`split.name\` to be one of ${Object.keys(parts).join(', ')}, got \`${name}\``,
    );
  }
  return { name, parts, by, seed: integer('split.seed', seed, 0, 2 ** 32 - 1) };
}

/**
 * Which part an image is in: its id's hash, MurmurHash3_x86_32 of its UTF-8 bytes (of a number: of its
 * decimal text), divided by 2^32, falls into the first part's share, or the second's, … In Python:
 * `mmh3.hash(id, seed, signed=False) / 2**32`.
 */
export function partOf({
  parts,
  seed,
}: Pick<ResolvedSplit, 'parts' | 'seed'>): (id: ColumnValue) => string {
  const names = Object.keys(parts);
  let sum = 0;
  const ends = Object.values(parts).map((share) => (sum += share));
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(1024);
  return (id) => {
    const text = String(id);
    // A UTF-16 unit takes up to 3 bytes.
    const bytes =
      text.length * 3 <= buffer.length
        ? buffer.subarray(0, encoder.encodeInto(text, buffer).written)
        : encoder.encode(text);
    const at = murmur3(bytes, seed) / 2 ** 32;
    const part = ends.findIndex((end) => at < end);
    // Shares that add up to a little less than 1 leave no gap.
    return names[part < 0 ? names.length - 1 : part]!;
  };
}
