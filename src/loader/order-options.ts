import { InvalidOptionError } from '../errors.js';
import { boolean, integer, oneOf } from './check-option.js';
import type { Shuffle } from './order.js';
import type { RankShare, Uneven } from './ranks.js';
import { checkSampling, type Sampling } from './sampling.js';
import { resolveSplit, type ResolvedSplit, type Split } from './split.js';
import { checkState, type LoaderState } from './state.js';
import type { Where } from './subset.js';

/**
 * Which images come, in which order. The order is a function of these options (not of the ranks), the
 * number of images, and the values of the columns named: nothing else changes it.
 */
export interface OrderOptions {
  /** `false` (default): as stored; `'full'`: a new random order each epoch; `{ window }`: random within a bounded neighbourhood. */
  readonly shuffle?: Shuffle;
  /** Any integer; the same seed gives the same orders everywhere. Default 0. */
  readonly seed?: number;
  /** Only images with these values in these columns: `{ split: 'train', label: ['cats', 'dogs'] }`. */
  readonly where?: Where;
  /** Only the images of these numbers; without shuffle in this order. */
  readonly images?: ArrayLike<number>;
  /** Only one part of a division by a hash of each image's id. */
  readonly split?: Split;
  /** How often each image comes, instead of once an epoch. It decides the order too: leave `shuffle` out. */
  readonly sampling?: Sampling;
  /** Which of the `ranks` this process is, from 0. Default 0. */
  readonly rank?: number;
  /**
   * Processes that share every epoch: each delivers its part, as many images as the others. Rank r takes
   * positions r, r + ranks, … of the order. Default 1.
   */
  readonly ranks?: number;
  /**
   * Where `ranks` doesn't divide an epoch: `'pad'` (default) repeats images from the start of its order,
   * fewer than `ranks`; `'drop'` leaves as few out at its end.
   */
  readonly uneven?: Uneven;
  /** Go on from where another loader of the same file and order was: what its `state()` returned. */
  readonly state?: LoaderState | undefined;
  /**
   * Each epoch takes in what has been committed to the file when it begins, as by an ingest that is under
   * way; an epoch that a `state` goes on with keeps to the images that it had. Default false: images, and
   * with them the orders, are those that there were when the loader was opened.
   */
  readonly follow?: boolean;
}

/** Checked, with defaults. */
export interface ResolvedOrder {
  readonly shuffle: Shuffle;
  readonly seed: number;
  readonly where: Where | undefined;
  readonly images: ArrayLike<number> | undefined;
  readonly split: ResolvedSplit | undefined;
  readonly sampling: Sampling | undefined;
  readonly share: RankShare;
  readonly state: LoaderState | undefined;
  readonly follow: boolean;
}

/** @throws InvalidOptionError naming the option, what was expected and what came */
export function resolveOrder(options: OrderOptions): ResolvedOrder {
  const { sampling, split, state } = options;
  if (sampling !== undefined) {
    checkSampling(sampling);
    if (options.shuffle !== undefined && options.shuffle !== 'full') {
      throw new InvalidOptionError('Expected `sampling` or `shuffle`, got both', {
        advice: 'The order of images that are sampled is random: leave `shuffle` out',
      });
    }
  }
  const ranks = integer('ranks', options.ranks ?? 1, 1);
  return {
    shuffle: sampling === undefined ? checkShuffle(options.shuffle ?? false) : 'full',
    seed: integer('seed', options.seed ?? 0),
    where: options.where,
    images: options.images,
    split: split === undefined ? undefined : resolveSplit(split),
    sampling,
    share: {
      rank: integer('rank', options.rank ?? 0, 0, ranks - 1),
      ranks,
      uneven: oneOf('uneven', options.uneven ?? 'pad', ['pad', 'drop']),
    },
    state: state === undefined ? undefined : checkState(state),
    follow: boolean('follow', options.follow ?? false),
  };
}

function checkShuffle(shuffle: Shuffle): Shuffle {
  const given: unknown = shuffle;
  if (given === false || given === 'full') return shuffle;
  if (typeof given === 'object' && given !== null && 'window' in given) {
    integer('shuffle.window', given.window, 1);
    return shuffle;
  }
  throw new InvalidOptionError(
    `Expected \`shuffle\` to be false, 'full' or { window: number }, got \`${JSON.stringify(given)}\``,
  );
}
