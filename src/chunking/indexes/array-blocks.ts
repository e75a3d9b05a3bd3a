import type { Cursor } from '../format/cursor.js';
import type { Hdf5File } from '../format/hdf5-file.js';
import type { IndexContext } from './lazy-index.js';
import type { PositionalNumbering } from './positional-numbering.js';
import { isAtEdge, unsettledDimensions } from './settled-chunks.js';
import {
  areComplete,
  recordLength,
  type ChunkRecords,
  type RecordFormat,
} from './chunk-records.js';

/** Reads the fields with which every block of a fixed or extensible array starts. */
export function expectArrayBlock(
  block: Cursor,
  signature: string,
  format: RecordFormat,
  headerAddress?: number,
): void {
  block.expectSignature(signature);
  block.version(0);
  const client = block.u8();
  const expected = format.filtered ? 1 : 0;
  if (client !== expected) {
    throw block.fail(
      `Expected an array of ${format.filtered ? 'filtered ' : ''}chunks (${expected}), got ${client}`,
    );
  }
  if (headerAddress === undefined) return;
  const header = block.address();
  if (header !== headerAddress) {
    throw block.fail(`Expected a block of the array at ${headerAddress}, got one of ${header}`);
  }
}

/** Reads the element size, which follows from the dataset. */
export function expectElementSize(header: Cursor, file: Hdf5File, format: RecordFormat): number {
  const expected = recordLength(format, file.offsetSize);
  const size = header.u8();
  if (size !== expected) throw header.fail(`Expected elements of ${expected} bytes, got ${size}`);
  return size;
}

/** Bit `i` of a bit string whose first bit is the most significant one of the first byte. */
export function bitAt(bits: Uint8Array, i: number): boolean {
  return (bits[Math.floor(i / 8)]! & (0x80 >> (i % 8))) !== 0;
}

/**
 * The records, by block, that can be taken over when the dataset grows: of blocks in which no chunk
 * is missing, and none will be stored anew.
 *
 * @param firstPosition the position of a block's first chunk
 */
export function settledRecords(
  known: ReadonlyMap<number, ChunkRecords | null>,
  context: IndexContext,
  numbering: PositionalNumbering,
  firstPosition: (block: number) => number,
): Map<number, ChunkRecords> {
  const unsettled = unsettledDimensions(context);
  const settled = new Map<number, ChunkRecords>();
  for (const [block, records] of known) {
    if (records === null || !areComplete(records)) continue;
    const first = firstPosition(block);
    let atEdge = false;
    for (let i = 0; unsettled.length > 0 && i < records.count && !atEdge; i++) {
      const chunk = numbering.chunk(first + i);
      atEdge = chunk >= 0 && isAtEdge(context, chunk, unsettled);
    }
    if (!atEdge) settled.set(block, records);
  }
  return settled;
}

/**
 * Reads things by number, each once: concurrent askers share a read, and a failed one is
 * forgotten, so that the next asker tries again.
 *
 * @param before what is known from before
 */
export function readOnce<T>(
  read: (key: number) => Promise<T>,
  before: Iterable<readonly [number, T]> = [],
): {
  readonly known: ReadonlyMap<number, T>;
  readonly get: (key: number) => Promise<T>;
} {
  const known = new Map<number, T>(before);
  const loading = new Map<number, Promise<T>>();
  async function load(key: number): Promise<T> {
    try {
      const value = await read(key);
      known.set(key, value);
      return value;
    } finally {
      loading.delete(key);
    }
  }
  return {
    known,
    get(key) {
      if (known.has(key)) return Promise.resolve(known.get(key) as T);
      let promise = loading.get(key);
      if (promise === undefined) loading.set(key, (promise = load(key)));
      return promise;
    },
  };
}
