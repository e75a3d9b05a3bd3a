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
export interface MomentsCollector {
  add(values: Uint8Array | Int32Array | Float32Array): void;
  moments(): Moments;
}

/**
 * Counts how often each of the 256 values comes, and computes with integers of any length: mean and
 * variance are exact but for their last rounding, however many values there are.
 */
export function collectBytes(): MomentsCollector {
  const counts = new Float64Array(256);
  // Integers count faster; they are added up long before one could overflow.
  const recent = new Uint32Array(256);
  let pending = 0;
  const settle = (): void => {
    for (let value = 0; value < 256; value++) counts[value]! += recent[value]!;
    recent.fill(0);
    pending = 0;
  };
  return {
    add(values) {
      if (pending + values.length > 2 ** 32 - 1) settle();
      pending += values.length;
      for (let i = 0; i < values.length; i++) recent[values[i]!]!++;
    },
    moments() {
      settle();
      let [count, sum, squares] = [0n, 0n, 0n];
      counts.forEach((times, value) => {
        count += BigInt(times);
        sum += BigInt(times) * BigInt(value);
        squares += BigInt(times) * BigInt(value * value);
      });
      return {
        count: Number(count),
        mean: divide(sum, count),
        variance: divide(count * squares - sum * sum, count * count),
        min: counts.findIndex((times) => times > 0),
        max: counts.findLastIndex((times) => times > 0),
      };
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
export function collectNumbers(): MomentsCollector {
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

/** A quotient of integers of any length, with 20 and more digits before it is rounded. */
function divide(a: bigint, b: bigint): number {
  if (b === 0n) return Number.NaN;
  const whole = a / b;
  const fraction = ((a % b) << 80n) / b;
  return Number(whole) + Number(fraction) / 2 ** 80;
}
