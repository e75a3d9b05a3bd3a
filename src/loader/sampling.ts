import { InvalidOptionError } from '../errors.js';
import { integer } from './check-option.js';

/**
 * How often each image comes, instead of once an epoch.
 *
 * `{ balance }`: every class, every value of the column, equally often. Each class goes through all of
 * its images in random order before one of them comes again, on over the ends of epochs.
 *
 * `{ weights }`: an image of twice the weight comes twice as often; one of weight 0 never. By default
 * each draw is independent of the others, with replacement, as in PyTorch's `WeightedRandomSampler`
 * and in `tf.data.Dataset.sample_from_datasets`. `replacement: false`: no image comes twice in an
 * epoch, and each is the next with a chance in proportion to its weight among those left
 * (`torch.multinomial` without replacement).
 */
export type Sampling = BalancedSampling | WeightedSampling;

export interface BalancedSampling {
  /** A column, by name or path. */
  readonly balance: string;
  /** Images in an epoch. Default: as many as are selected. */
  readonly length?: number;
}

export interface WeightedSampling {
  /** A column, by name or path, or a weight for each image of the file: finite, from 0 up. */
  readonly weights: string | ArrayLike<number>;
  /** Default true. */
  readonly replacement?: boolean;
  /** Images in an epoch. Default: as many as are selected; without replacement those of weight above 0, which is also the most. */
  readonly length?: number;
}

/** @throws InvalidOptionError naming what isn't as it must be */
export function checkSampling(sampling: Sampling): void {
  const given = sampling as Partial<BalancedSampling & WeightedSampling>;
  const balanced = typeof given.balance === 'string';
  const weighted =
    typeof given.weights === 'string' ||
    (typeof given.weights === 'object' && Number.isInteger(given.weights.length));
  if (balanced === weighted) {
    throw new InvalidOptionError(
      'Expected `sampling` to be { balance: column } or { weights: column or numbers }, got something else',
    );
  }
  if (given.length !== undefined) integer('sampling.length', given.length, 1);
  if (balanced && given.replacement !== undefined) {
    throw new InvalidOptionError('Expected `sampling.replacement` with `weights` only');
  }
}
