import { quotient } from '../common/quotient.js';
import type { ByteSums } from './kernels/byte-sums.js';

/** Mean and spread of many values. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Of the population: the mean of the squares of the distances from the mean. */
  readonly variance: number;
  readonly min: number;
  readonly max: number;
}

/** Sums up values that come in parts, in bounded memory. */
export interface MomentsCollector<A> {
  add(values: A): void;
  moments(): Moments;
}

/**
 * Sums bytes and their squares up in integers of any length: mean and variance are exact but for their
 * last rounding, however many values there are.
 *
 * @param sumsOf as `createByteSums` makes it
 */
export function collectBytes(
  sumsOf: (bytes: Uint8Array) => ByteSums,
): MomentsCollector<Uint8Array> {
  let [count, sum, squares] = [0, 0n, 0n];
  let [min, max] = [255, 0];
  return {
    add(values) {
      const part = sumsOf(values);
      count += values.length;
      sum += part.sum;
      squares += part.squares;
      min = Math.min(min, part.least);
      max = Math.max(max, part.greatest);
    },
    moments() {
      const n = BigInt(count);
      const variance = quotient(n * squares - sum * sum, n * n);
      return { count, mean: quotient(sum, n), variance, min, max };
    },
  };
}

/**
 * Takes the mean and the squared distances from it of each part, in two passes over it, and combines
 * these, in double precision. The result depends on how the values are cut into parts only in the last
 * digits, and not at all on when they come.
 *
 * Source: T. Chan, G. Golub, R. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing
 * Sample Variances" (1979), the update for two parts of any size.
 */
export function collectNumbers(): MomentsCollector<Float32Array> {
  let [count, mean, distances] = [0, 0, 0];
  let [min, max] = [Infinity, -Infinity];
  return {
    add(values) {
      if (values.length === 0) return;
      let sum = 0;
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        sum += value;
        // Unlike `<`, these keep NaN.
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
      const partMean = sum / values.length;
      let partDistances = 0;
      for (let i = 0; i < values.length; i++) partDistances += (values[i]! - partMean) ** 2;
      const total = count + values.length;
      const apart = partMean - mean;
      mean += (apart * values.length) / total;
      distances += partDistances + (apart * apart * count * values.length) / total;
      count = total;
    },
    moments: () => ({ count, mean, variance: distances / count, min, max }),
  };
}
