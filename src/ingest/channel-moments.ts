import { quotient } from '../common/quotient.js';
import type { PlaneSums } from './plane-sums.js';

/** What the mean and the standard deviation of a channel are made of, in a form that can be stored. */
export interface ChannelMoments {
  /** Names of the numbers that `state` gives and `restore` takes. */
  readonly names: readonly string[];
  add(plane: PlaneSums): void;
  mean(): number;
  /** Of the population. */
  std(): number;
  /** Two doubles for each number, the second what the first leaves: nothing is lost. */
  state(): readonly number[];
  restore(planes: number, state: readonly number[]): void;
}

/** Integers: exact but for the last rounding, however many there are. */
export function exactMoments(pixels: number): ChannelMoments {
  let [planes, sum, squares] = [0, 0n, 0n];
  const count = (): bigint => BigInt(planes) * BigInt(pixels);
  return {
    names: ['sum', 'sum_low', 'sum_of_squares', 'sum_of_squares_low'],
    add: (plane) => {
      if (plane.kind !== 'exact') throw new TypeError('Expected sums of integers');
      planes++;
      sum += plane.sum;
      squares += plane.squares;
    },
    mean: () => quotient(sum, count()),
    std: () => Math.sqrt(quotient(count() * squares - sum * sum, count() ** 2n)),
    state: () => [...parted(sum), ...parted(squares)],
    restore: (before, [high, low, high2, low2]) => {
      planes = before;
      sum = BigInt(high!) + BigInt(low!);
      squares = BigInt(high2!) + BigInt(low2!);
    },
  };
}

/**
 * Floats: the moments of planes are put together in twice the double precision, one plane after the
 * other, so that it doesn't matter how they come in batches and sessions.
 *
 * Source: T. Chan, G. Golub, R. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing
 * Sample Variances" (1979), the update for two parts of any size.
 */
export function floatMoments(pixels: number): ChannelMoments {
  let planes = 0;
  let mean: Pair = [0, 0];
  let distances: Pair = [0, 0];
  return {
    names: ['mean', 'mean_low', 'squared_distances', 'squared_distances_low'],
    add: (plane) => {
      if (plane.kind !== 'float') throw new TypeError('Expected sums of floats');
      const apart = plane.mean - mean[0] - mean[1];
      mean = plus(mean, apart / (planes + 1));
      const between = ((apart * apart * planes) / (planes + 1)) * pixels;
      distances = plus(plus(distances, plane.distances), between);
      planes++;
    },
    mean: () => (planes === 0 ? Number.NaN : mean[0]),
    std: () => Math.sqrt(distances[0] / (planes * pixels)),
    state: () => [...mean, ...distances],
    restore: (before, [high, low, high2, low2]) => {
      planes = before;
      mean = [high!, low!];
      distances = [high2!, low2!];
    },
  };
}

/** A number as the sum of a double and what rounding to it left. */
type Pair = readonly [high: number, low: number];

/** Source: D. Knuth, "The Art of Computer Programming" 2, section 4.2.2, theorem B: an exact sum. */
function plus([high, low]: Pair, value: number): Pair {
  const sum = high + value;
  const part = sum - high;
  const rest = high - (sum - part) + (value - part) + low;
  const rounded = sum + rest;
  return [rounded, rest - (rounded - sum)];
}

function parted(value: bigint): Pair {
  const high = Number(value);
  return [high, Number(value - BigInt(high))];
}
