import type { Cursor } from './cursor.js';

/** Where a dataset's elements lie, as the Data Layout message says it. */
export type DataLayout =
  | { readonly storage: 'compact'; readonly offset: number; readonly size: number }
  /** `address` may be `UNDEFINED`; `size` is `null` where the message doesn't say it. */
  | { readonly storage: 'contiguous'; readonly address: number; readonly size: number | null }
  | ChunkedLayout;

export interface ChunkedLayout {
  readonly storage: 'chunked';
  readonly chunkShape: readonly number[];
  readonly elementSize: number;
  /** Partial edge chunks are stored without filters. */
  readonly unfilteredEdges: boolean;
  readonly index: ChunkIndexInfo;
  /** Absolute file offset of the index, or `UNDEFINED` when no chunk is allocated. */
  readonly indexAddress: number;
  /** Bytes of a filtered chunk's size in an index; a v1 B-tree always has 4. */
  readonly sizeBytes: number;
}

export type ChunkIndexInfo =
  | { readonly kind: 'v1 B-tree' }
  | { readonly kind: 'single chunk'; readonly filtered: { size: number; mask: number } | null }
  | { readonly kind: 'implicit' }
  | { readonly kind: 'fixed array' }
  | { readonly kind: 'extensible array' }
  | { readonly kind: 'v2 B-tree' };

const COMPACT = 0;
const CONTIGUOUS = 1;
const CHUNKED = 2;
const VIRTUAL = 3;
const MAX_RANK = 32;

/** Source: HDF5 File Format Specification, "The Data Layout Message", versions 1 to 5. */
export function parseDataLayout(cursor: Cursor): DataLayout {
  const version = cursor.version(1, 2, 3, 4, 5);
  if (version < 3) return parseVersion12(cursor);
  const layoutClass = cursor.u8();
  switch (layoutClass) {
    case COMPACT:
      return compact(cursor, cursor.u16());
    case CONTIGUOUS:
      return { storage: 'contiguous', address: cursor.address(), size: cursor.length() };
    case CHUNKED:
      return version === 3 ? parseChunked3(cursor) : parseChunked45(cursor, version);
    case VIRTUAL:
      throw cursor.unsupported('a virtual dataset');
    default:
      throw cursor.fail(`Expected layout class 0 to 3, got ${layoutClass}`);
  }
}

function parseVersion12(cursor: Cursor): DataLayout {
  const dimensions = expectDimensions(cursor);
  const layoutClass = cursor.u8();
  cursor.skip(5);
  if (layoutClass > CHUNKED) throw cursor.fail(`Expected layout class 0 to 2, got ${layoutClass}`);
  const address = layoutClass === COMPACT ? 0 : cursor.address();
  const sizes = Array.from({ length: dimensions }, () => cursor.u32());
  if (layoutClass === COMPACT) return compact(cursor, cursor.u32());
  if (layoutClass === CONTIGUOUS) return { storage: 'contiguous', address, size: null };
  return chunkedByBtree1(cursor, sizes, address);
}

function parseChunked3(cursor: Cursor): ChunkedLayout {
  const dimensions = expectDimensions(cursor);
  const address = cursor.address();
  const sizes = Array.from({ length: dimensions }, () => cursor.u32());
  return chunkedByBtree1(cursor, sizes, address);
}

function parseChunked45(cursor: Cursor, version: number): ChunkedLayout {
  const flags = cursor.u8();
  if ((flags & ~0x03) !== 0) throw cursor.unsupported(`chunked layout flags ${flags}`);
  const dimensions = expectDimensions(cursor);
  const encodedBytes = cursor.u8();
  if (encodedBytes < 1 || encodedBytes > 8) {
    throw cursor.fail(`Expected chunk dimensions of 1 to 8 bytes, got ${encodedBytes}`);
  }
  const sizes = Array.from({ length: dimensions }, () => cursor.unsigned(encodedBytes));
  const shape = splitElementSize(cursor, sizes);
  const index = parseIndexInfo(cursor, (flags & 0x02) !== 0);
  const chunkBytes = sizes.reduce((product, size) => product * size, 1);
  return {
    storage: 'chunked',
    ...shape,
    unfilteredEdges: (flags & 0x01) !== 0,
    index,
    indexAddress: cursor.address(),
    sizeBytes: version === 5 ? cursor.fields.lengthSize : chunkSizeBytes(chunkBytes),
  };
}

/** Creation parameters of arrays come again in their own headers, which is where they are read. */
function parseIndexInfo(cursor: Cursor, singleFiltered: boolean): ChunkIndexInfo {
  const type = cursor.u8();
  switch (type) {
    case 1: {
      const filtered = singleFiltered ? { size: cursor.length(), mask: cursor.u32() } : null;
      return { kind: 'single chunk', filtered };
    }
    case 2:
      return { kind: 'implicit' };
    case 3:
      cursor.skip(1);
      return { kind: 'fixed array' };
    case 4:
      cursor.skip(5);
      return { kind: 'extensible array' };
    case 5:
      cursor.skip(6);
      return { kind: 'v2 B-tree' };
    default:
      throw cursor.fail(`Expected chunk index type 1 to 5, got ${type}`);
  }
}

function chunkedByBtree1(cursor: Cursor, sizes: number[], address: number): ChunkedLayout {
  return {
    storage: 'chunked',
    ...splitElementSize(cursor, sizes),
    unfilteredEdges: false,
    index: { kind: 'v1 B-tree' },
    indexAddress: address,
    sizeBytes: 4,
  };
}

/** Source: libhdf5, `H5D_EARRAY_FILT_CONTEXT` and its siblings: one byte more than needed. */
function chunkSizeBytes(chunkBytes: number): number {
  return Math.min(8, 1 + Math.floor((Math.floor(Math.log2(chunkBytes)) + 8) / 8));
}

/** The stored dimensionality counts the element size as a last dimension. */
function splitElementSize(
  cursor: Cursor,
  sizes: readonly number[],
): { chunkShape: number[]; elementSize: number } {
  if (sizes.some((size) => size === 0)) {
    throw cursor.fail(`Expected chunk dimensions above 0, got ${sizes.join(' × ')}`);
  }
  return { chunkShape: sizes.slice(0, -1), elementSize: sizes.at(-1)! };
}

function compact(cursor: Cursor, size: number): DataLayout {
  const offset = cursor.offset;
  cursor.skip(size);
  return { storage: 'compact', offset, size };
}

function expectDimensions(cursor: Cursor): number {
  const dimensions = cursor.u8();
  if (dimensions < 1 || dimensions > MAX_RANK + 1) {
    throw cursor.fail(`Expected a dimensionality of 1 to ${MAX_RANK + 1}, got ${dimensions}`);
  }
  return dimensions;
}
