import type { ChunkLocations } from '../chunk-index.js';
import { UNDEFINED, type Cursor } from '../format/cursor.js';

/** Places of consecutive chunks as an index block holds them, in 8 bytes each where it can be. */
export interface ChunkRecords {
  /** Absolute file offsets, -1 where no chunk is allocated. */
  readonly offsets: Float64Array;
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
    return { offsets, sizes: chunkBytes, masks: null };
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

/** Filters add little to what they can't compress. */
function largestStored(chunkBytes: number): number {
  return 2 * chunkBytes + 65_536;
}

/**
 * Leaves out what is the same everywhere, and halves sizes below 4 GiB. Keeps `offsets`, copies
 * what it keeps of the others.
 */
export function compactRecords(
  offsets: Float64Array,
  sizes: Float64Array,
  masks: Uint32Array,
): ChunkRecords {
  const first = sizes[0] ?? 0;
  return {
    offsets,
    sizes: sizes.every((size) => size === first)
      ? first
      : sizes.every((size) => size < 2 ** 32)
        ? new Uint32Array(sizes)
        : sizes.slice(),
    masks: masks.every((mask) => mask === 0) ? null : masks.slice(),
  };
}

/** Copies record `from` to place `to` of the locations. */
export function copyRecord(
  records: ChunkRecords,
  from: number,
  into: ChunkLocations,
  to: number,
): void {
  const { offsets, sizes, masks } = records;
  const offset = offsets[from]!;
  if (offset === UNDEFINED) {
    copyAbsent(into, to);
    return;
  }
  into.offsets[to] = offset;
  into.sizes[to] = typeof sizes === 'number' ? sizes : sizes[from]!;
  into.filterMasks[to] = masks === null ? 0 : masks[from]!;
}

export function copyAbsent(into: ChunkLocations, to: number): void {
  into.offsets[to] = UNDEFINED;
  into.sizes[to] = 0;
  into.filterMasks[to] = 0;
}
