/** Which part of every epoch this process delivers. */
export interface RankShare {
  /** This process: 0 to `ranks` - 1. */
  readonly rank: number;
  /** Processes that share an epoch. */
  readonly ranks: number;
  /** What makes the ranks equal in number where `ranks` doesn't divide an epoch. */
  readonly uneven: Uneven;
}

/**
 * `'pad'`: up to `ranks` - 1 images from the start of the epoch's order are delivered once more at its
 * end; `'drop'`: the up to `ranks` - 1 last images of the order are left out.
 */
export type Uneven = 'pad' | 'drop';

/**
 * Images that each rank delivers of an epoch's order of `length` from position `start` on: the same
 * number for all. Rank r takes positions `start + r`, `start + r + ranks`, …
 */
export function imagesPerRank(
  { ranks, uneven }: Omit<RankShare, 'rank'>,
  length: number,
  start = 0,
): number {
  const each = Math.max(0, length - start) / ranks;
  return uneven === 'pad' ? Math.ceil(each) : Math.floor(each);
}

/**
 * The position in the epoch's order of the `k`-th image that a rank delivers from `start` on. At the
 * end of an epoch that is padded it goes beyond the order's length: what stands there are the images
 * of the order's start.
 */
export function positionOfRank(
  { rank, ranks }: Pick<RankShare, 'rank' | 'ranks'>,
  start: number,
  k: number,
): number {
  return start + k * ranks + rank;
}
