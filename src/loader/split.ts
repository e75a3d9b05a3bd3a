import { checkParts, partNumberOf } from '../common/parts.js';
import { InvalidOptionError } from '../errors.js';
import type { ColumnValue } from './column-rows.js';
import { integer } from './check-option.js';

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
  checkParts('split.parts', parts);
  if (!Object.hasOwn(parts, name)) {
    throw new InvalidOptionError(
      `Expected \`split.name\` to be one of ${Object.keys(parts).join(', ')}, got \`${name}\``,
    );
  }
  return { name, parts, by, seed: integer('split.seed', seed, 0, 2 ** 32 - 1) };
}

/** The name of the part that an image is in: see `partNumberOf`. */
export function partOf({
  parts,
  seed,
}: Pick<ResolvedSplit, 'parts' | 'seed'>): (id: ColumnValue) => string {
  const names = Object.keys(parts);
  const numberOf = partNumberOf(parts, seed);
  return (id) => names[numberOf(String(id))]!;
}
