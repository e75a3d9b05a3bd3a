/** Counts durations so that their quantiles can be told, in fixed memory. */
export interface LatencyHistogram {
  /** @param milliseconds from 0 up */
  add(milliseconds: number): void;
  /** A duration that a share `q` of those added don't exceed, at most 9 % too long; 0 where none was added. */
  quantile(q: number): number;
}

/** A bucket's durations differ by this factor at most: 2 ** (1 / 8). */
const BUCKETS_PER_OCTAVE = 8;
/** 2 ** -10 ms (a microsecond) to 2 ** 24 ms (four hours); what lies outside counts as the nearest. */
const LOWEST_OCTAVE = -10;
const OCTAVES = 34;

export function createLatencyHistogram(): LatencyHistogram {
  const buckets = new Float64Array(OCTAVES * BUCKETS_PER_OCTAVE);
  let total = 0;
  let longest = 0;
  return {
    add(milliseconds) {
      const bucket = Math.ceil((Math.log2(milliseconds) - LOWEST_OCTAVE) * BUCKETS_PER_OCTAVE);
      buckets[Math.min(Math.max(bucket, 0), buckets.length - 1)]!++;
      total++;
      longest = Math.max(longest, milliseconds);
    },
    quantile(q) {
      let left = Math.max(1, Math.ceil(q * total));
      for (let bucket = 0; bucket < buckets.length && total > 0; bucket++) {
        left -= buckets[bucket]!;
        if (left > 0) continue;
        return Math.min(longest, 2 ** (bucket / BUCKETS_PER_OCTAVE + LOWEST_OCTAVE));
      }
      return longest;
    },
  };
}
