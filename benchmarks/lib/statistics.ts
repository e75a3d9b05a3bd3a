/** Median and spread of repeated measurements. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError when there are no samples */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [min, max, upper] = [sorted[0], sorted.at(-1), sorted[middle]];
  if (min === undefined || max === undefined || upper === undefined) {
    throw new RangeError('Expected at least one sample, got none');
  }
  const median = sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
  return { median, min, max };
}

/**
 * How many times as fast `rates` are as `others`, compared repetition by repetition: what slows the
 * machine down for a while slows down both, so these ratios hold better than the ratio of two medians.
 */
export function pairedRatios(rates: readonly number[], others: readonly number[]): number[] {
  if (rates.length !== others.length) {
    throw new RangeError(`Expected as many samples in both, got ${rates.length}, ${others.length}`);
  }
  return rates.map((rate, i) => rate / others[i]!);
}

/** How much values rise from one to the next: the slope of the line through them (least squares). */
export function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const rise = values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0);
  const run = values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return run === 0 ? 0 : rise / run;
}
