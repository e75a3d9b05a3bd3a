/** What a worker is told: its share of the reads of one stretch of a trace. */
export interface StretchRequest {
  readonly fd: number;
  readonly name: string;
  /** Float64Arrays over shared memory. */
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  readonly end: number;
  readonly longest: number;
  /** Shared by the workers of a stretch: {@link NEXT}, {@link READY}. */
  readonly control: Int32Array;
  readonly workers: number;
}

/** When the worker began and ended, in nanoseconds of the machine's monotonic clock. */
export type StretchReply =
  { readonly began: bigint; readonly ended: bigint } | { readonly error: string };

/** Number of the next read that nobody has taken. */
export const NEXT = 0;
/** Workers that are ready to begin. */
export const READY = 1;
