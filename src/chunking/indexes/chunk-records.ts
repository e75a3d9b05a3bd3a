import type { ChunkLocations } from '../chunk-index.js';
import { UNDEFINED, type Cursor } from '../format/cursor.js';
import { largestStored } from '../largest-stored.js';

/**
 * Places of consecutive chunks as an index block holds them, compact: an index may have millions.
 * A chunk takes 4 bytes where the block's chunks lie within 4 GiB, 6 where not, and more only where
 * sizes differ or filters were skipped.
 */
export interface ChunkRecords {
  readonly count: number;
  /** A chunk's absolute file offset is `base + low + high * 2 ** 32`; none is allocated at `low` 0 and `high` 0. */
  readonly base: number;
  readonly low: Uint32Array | Float64Array;
  /** `null` where `low` says it all. */
  readonly high: Uint16Array | null;
  /** Stored bytes, or the one size that all have. */
  readonly sizes: Float64Array | Uint32Array | number;
  /** `null` where no chunk skips a filter. */
  readonly masks: Uint32Array | null;
}

/** How one chunk's place is written in the arrays and in the v2 B-tree. */
export interface RecordFormat {
  /** Whether size and filter mask follow the address. */
  readonly filtered: boolean;
  /** Bytes of the size field. */
  readonly sizeBytes: number;
  /** Bytes of a whole chunk before filters. */
  readonly chunkBytes: number;
  /** Bytes in the file: no chunk lies beyond. */
  readonly fileSize: number;
}

/** Source: libhdf5, `H5D__earray_filt_encode` and its siblings. */
export function recordLength(format: RecordFormat, offsetSize: number): number {
  return offsetSize + (format.filtered ? format.sizeBytes + 4 : 0);
}

export function parseChunkRecords(
  cursor: Cursor,
  count: number,
  format: RecordFormat,
): ChunkRecords {
  const { filtered, chunkBytes } = format;
  // The bytes must be there before memory is taken for them.
  const body = cursor.sub(count * recordLength(format, cursor.fields.offsetSize), 'chunk records');
  const offsets = new Float64Array(count);
  if (!filtered) {
    for (let i = 0; i < count; i++)
      offsets[i] = checkedOffset(body, body.address(), chunkBytes, format);
    return { count, ...compactOffsets(offsets, count), sizes: chunkBytes, masks: null };
  }
  const sizes = new Float64Array(count);
  const masks = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const offset = body.address();
    sizes[i] = body.unsigned(format.sizeBytes);
    masks[i] = body.u32();
    offsets[i] = checkedOffset(body, offset, sizes[i]!, format);
  }
  return compactRecords(offsets, sizes, masks);
}

/** Refuses a chunk that doesn't lie within the file, or is larger than any filter could make it. */
export function checkedOffset(
  cursor: Cursor,
  offset: number,
  size: number,
  format: RecordFormat,
): number {
  if (offset === UNDEFINED) return offset;
  if (!(size > 0 && size <= largestStored(format.chunkBytes))) {
    throw cursor.fail(`Expected a stored chunk of ${format.chunkBytes} bytes or less, got ${size}`);
  }
  if (offset + size <= format.fileSize) return offset;
  throw cursor.fail(
    `Expected a chunk within the file's ${format.fileSize} bytes, got ${size} bytes at ${offset}`,
  );
}

/**
 * Leaves out what is the same everywhere, and makes the rest as small as it can be. Copies the first
 * `count` of each.
 */
export function compactRecords(
  offsets: Float64Array,
  sizes: Float64Array,
  masks: Uint32Array,
  count: number = offsets.length,
): ChunkRecords {
  let first = -1;
  let [same, small, unmasked] = [true, true, true];
  // Loops, because leaves of trees are many and small: callbacks would cost more than what they do.
  for (let i = 0; i < count; i++) {
    const size = sizes[i]!;
    if (masks[i] !== 0) unmasked = false;
    if (size >= 2 ** 32) small = false;
    // A chunk that isn't allocated has no size: any will do.
    if (offsets[i] === UNDEFINED || size === first) continue;
    if (first >= 0) same = false;
    else first = size;
  }
  return {
    count,
    ...compactOffsets(offsets, count),
    sizes: same
      ? Math.max(first, 0)
      : small
        ? new Uint32Array(sizes.subarray(0, count))
        : sizes.slice(0, count),
    masks: unmasked ? null : masks.slice(0, count),
  };
}

function compactOffsets(
  offsets: Float64Array,
  count: number,
): Pick<ChunkRecords, 'base' | 'low' | 'high'> {
  let least = Infinity;
  let greatest = 0;
  for (let i = 0; i < count; i++) {
    const offset = offsets[i]!;
    if (offset === UNDEFINED) continue;
    if (offset < least) least = offset;
    if (offset > greatest) greatest = offset;
  }
  const base = least - 1;
  const span = greatest - base;
  const low = span < 2 ** 48 ? new Uint32Array(count) : new Float64Array(count);
  const high = span >= 2 ** 32 && span < 2 ** 48 ? new Uint16Array(count) : null;
  for (let i = 0; i < count; i++) {
    if (offsets[i] === UNDEFINED) continue;
    const value = offsets[i]! - base;
    low[i] = value;
    if (high !== null) high[i] = value / 2 ** 32;
  }
  return { base: least === Infinity ? 0 : base, low, high };
}

/** Absolute file offset of chunk `i` of the records, or `UNDEFINED`. */
export function offsetOf({ base, low, high }: ChunkRecords, i: number): number {
  const value = high === null ? low[i]! : low[i]! + high[i]! * 2 ** 32;
  return value === 0 ? UNDEFINED : base + value;
}

/** Whether no chunk is missing: what is complete doesn't change when a dataset grows. */
export function areComplete(records: ChunkRecords): boolean {
  for (let i = 0; i < records.count; i++) {
    if (offsetOf(records, i) === UNDEFINED) return false;
  }
  return true;
}

/** Copies record `from` to place `to` of the locations. */
export function copyRecord(
  records: ChunkRecords,
  from: number,
  into: ChunkLocations,
  to: number,
): void {
  const { sizes, masks } = records;
  const offset = offsetOf(records, from);
  if (offset === UNDEFINED) {
    copyAbsent(into, to);
    return;
  }
  into.offsets[to] = offset;
  into.sizes[to] = typeof sizes === 'number' ? sizes : sizes[from]!;
  into.filterMasks[to] = masks === null ? 0 : masks[from]!;
}

/** Copies the records `from` to `to` (not included) to place `at` of the locations and on. */
export function copyRecords(
  { base, low, high, sizes, masks }: ChunkRecords,
  from: number,
  to: number,
  into: ChunkLocations,
  at: number,
): void {
  for (let i = from, place = at; i < to; i++, place++) {
    const value = high === null ? low[i]! : low[i]! + high[i]! * 2 ** 32;
    if (value === 0) {
      copyAbsent(into, place);
      continue;
    }
    into.offsets[place] = base + value;
    into.sizes[place] = typeof sizes === 'number' ? sizes : sizes[i]!;
    into.filterMasks[place] = masks === null ? 0 : masks[i]!;
  }
}

export function copyAbsent(into: ChunkLocations, to: number): void {
  into.offsets[to] = UNDEFINED;
  into.sizes[to] = 0;
  into.filterMasks[to] = 0;
}
