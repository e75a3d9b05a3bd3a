import { uniformAt } from '../loader/random.js';
import type { ReadTrace } from './trace.js';

/** Reads of `size` bytes one after the other, over `length` bytes from `start`. */
export function sequentialTrace(options: {
  readonly length: number;
  readonly size: number;
  readonly start?: number;
  readonly depth?: number;
}): ReadTrace {
  const { length, size, start = 0, depth = 1 } = options;
  const count = Math.ceil(length / size);
  return {
    offsets: Float64Array.from({ length: count }, (_, i) => start + i * size),
    lengths: Float64Array.from({ length: count }, (_, i) => Math.min(size, length - i * size)),
    depth,
    barriers: new Uint32Array(0),
  };
}

/**
 * Reads of `size` bytes at random multiples of `size`, in a span of `span` bytes from `start`. The
 * same seed gives the same places at every depth.
 */
export function randomTrace(options: {
  readonly span: number;
  readonly size: number;
  readonly count: number;
  readonly start?: number;
  readonly depth?: number;
  readonly seed?: number;
}): ReadTrace {
  const { span, size, count, start = 0, depth = 1, seed = 1 } = options;
  const uniform = uniformAt([seed]);
  const places = Math.max(1, Math.floor(span / size));
  return {
    offsets: Float64Array.from(
      { length: count },
      (_, i) => start + Math.floor(uniform(i) * places) * size,
    ),
    lengths: new Float64Array(count).fill(size),
    depth,
    barriers: new Uint32Array(0),
  };
}
