import { InvalidOptionError } from '../errors.js';

/**
 * What was asked of a device: reads in the order in which they were issued. Numbers only, so it may
 * hold millions of reads, and travel between threads.
 */
export interface ReadTrace {
  /** Per read: where it starts, in bytes from the start of the file. */
  readonly offsets: Float64Array;
  /** Per read: its length in bytes. */
  readonly lengths: Float64Array;
  /** How many reads the reader keeps in flight: the next is issued when one of them is done. */
  readonly depth: number;
  /**
   * Numbers of reads that aren't issued before every earlier read is done, ascending (the first read
   * of a batch, where the reader waits for the batch before). None: one stream of reads.
   */
  readonly barriers: Uint32Array;
}

/**
 * A trace of a few reads, for tests and examples.
 *
 * @param reads `[offset, length]` in bytes
 * @throws InvalidOptionError for a negative offset, a length below 1, a depth below 1, barriers that don't
 * ascend or lie beyond the last read
 *
 * @example
 * const trace = traceOf([[0, 4096], [1 << 30, 4096]], { depth: 2 });
 */
export function traceOf(
  reads: readonly (readonly [offset: number, length: number])[],
  options: { readonly depth?: number; readonly barriers?: readonly number[] } = {},
): ReadTrace {
  const trace = {
    offsets: Float64Array.from(reads, ([offset]) => offset),
    lengths: Float64Array.from(reads, ([, length]) => length),
    depth: options.depth ?? 1,
    barriers: Uint32Array.from(options.barriers ?? []),
  };
  checkTrace(trace);
  return trace;
}

/** @throws InvalidOptionError if the trace isn't one: see {@link traceOf} */
export function checkTrace(trace: ReadTrace): void {
  const { offsets, lengths, depth, barriers } = trace;
  if (offsets.length !== lengths.length) {
    throw new InvalidOptionError(
      `A trace has as many lengths as offsets, not ${lengths.length} and ${offsets.length}`,
    );
  }
  if (!Number.isInteger(depth) || depth < 1) {
    throw new InvalidOptionError(`The depth of a trace is a whole number from 1, not ${depth}`);
  }
  for (let i = 0; i < offsets.length; i++) {
    const [offset, length] = [offsets[i]!, lengths[i]!];
    if (offset >= 0 && length >= 1 && Number.isFinite(offset + length)) continue;
    throw new InvalidOptionError(
      `Read ${i} of a trace has an offset from 0 and a length from 1, not ${offset} and ${length}`,
    );
  }
  for (let i = 0; i < barriers.length; i++) {
    if (barriers[i]! > (barriers[i - 1] ?? -1) && barriers[i]! <= offsets.length) continue;
    throw new InvalidOptionError(
      `The barriers of a trace are ascending numbers of its ${offsets.length} reads, not ` +
        `[${barriers.slice(0, i + 1).join(', ')}${i + 1 < barriers.length ? ', …' : ''}]`,
    );
  }
}

/** Bytes that a trace reads. */
export function traceBytes({ lengths }: ReadTrace): number {
  let bytes = 0;
  for (const length of lengths) bytes += length;
  return bytes;
}

/** The stretches of a trace between its barriers, as `[first, end)` numbers of reads; none is empty. */
export function stretches({ offsets, barriers }: ReadTrace): [first: number, end: number][] {
  const edges = [0, ...barriers, offsets.length];
  return edges
    .slice(1)
    .map((end, i): [number, number] => [edges[i]!, end])
    .filter(([first, end]) => end > first);
}

/**
 * One trace after the other; the second begins when the first is done.
 *
 * @throws InvalidOptionError if their depths differ
 */
export function joinTraces(a: ReadTrace, b: ReadTrace): ReadTrace {
  if (a.depth !== b.depth) {
    throw new InvalidOptionError(
      `Traces of one depth can be joined, not of ${a.depth} and ${b.depth}`,
    );
  }
  const count = a.offsets.length;
  const edges = [...a.barriers, count, ...Array.from(b.barriers, (barrier) => barrier + count)];
  return {
    offsets: join(a.offsets, b.offsets),
    lengths: join(a.lengths, b.lengths),
    depth: a.depth,
    barriers: Uint32Array.from(new Set(edges.filter((edge) => edge > 0))),
  };
}

function join(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
