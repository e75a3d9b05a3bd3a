import { UNDEFINED, type Cursor } from './cursor.js';
import type { FieldSizes } from './cursor.js';

/** How a fractal heap's blocks grow: `width` blocks a row, those of a row twice as large as before. */
export interface DoublingTable {
  readonly width: number;
  /** Bytes of a block of the first two rows: a power of 2. */
  readonly startSize: number;
  /** Bytes of the largest block that holds objects itself: a power of 2. */
  readonly largestDirect: number;
  /** Bytes of an offset in the heap. */
  readonly offsetBytes: number;
  /** Absolute file offset of the root block, or `UNDEFINED`. */
  readonly root: number;
  /** Rows of the root block; 0 when it is a direct block. */
  readonly rootRows: number;
}

/** Where an offset in the heap lies: `offset` from the start of a direct block. */
export interface DirectPlace {
  readonly address: number;
  readonly size: number;
  readonly offset: number;
}

/** Source: HDF5 File Format Specification, "Fractal Heap", the header's doubling table. */
export function parseDoublingTable(header: Cursor): DoublingTable {
  const width = header.u16();
  const startSize = header.length();
  const largestDirect = header.length();
  const heapBits = header.u16();
  header.skip(2); // rows to start with
  const root = header.address();
  const rootRows = header.u16();
  const sound =
    [width, startSize, largestDirect].every((n) => n > 0 && Number.isInteger(Math.log2(n))) &&
    largestDirect >= startSize &&
    heapBits > 0 &&
    heapBits <= 64;
  if (!sound) {
    throw header.fail(
      `Expected powers of 2 and at most 64 bits, got ${width} blocks of ${startSize} to ${largestDirect} bytes, ${heapBits} bits`,
    );
  }
  const offsetBytes = Math.ceil(heapBits / 8);
  return { width, startSize, largestDirect, offsetBytes, root, rootRows };
}

/**
 * Descends from the root block to the direct block that holds an offset; `null` when there is none.
 *
 * @param readIndirect reads an indirect block's entries, of so many bytes
 */
export async function findInDoublingTable(
  fields: FieldSizes,
  table: DoublingTable,
  heapOffset: number,
  readIndirect: (address: number, length: number) => Promise<Cursor>,
): Promise<DirectPlace | null> {
  const way = wayToDirectBlock(fields, table, heapOffset);
  for (let step = way.next(); ;) {
    if (step.done === true) return step.value;
    step = way.next(await readIndirect(step.value.address, step.value.length));
  }
}

/**
 * The same for callers that read by other means: yields where the entries of an indirect block
 * are, and goes on once it is given them.
 *
 * Source: libhdf5, `H5HF__dtable_lookup` and `H5HF__man_dblock_locate`.
 */
export function* wayToDirectBlock(
  { offsetSize }: FieldSizes,
  table: DoublingTable,
  heapOffset: number,
): Generator<{ address: number; length: number }, DirectPlace | null, Cursor> {
  const { width, startSize, largestDirect } = table;
  const rowBits = Math.log2(startSize * width);
  const directRows = Math.log2(largestDirect / startSize) + 2;
  let address = table.root;
  let rows = table.rootRows;
  let offset = heapOffset;
  if (rows === 0) {
    if (address === UNDEFINED || offset >= startSize) return null;
    return { address, size: startSize, offset };
  }
  // A block below has fewer rows than the row it is in, so the way down ends.
  for (;;) {
    const row = offset < startSize * width ? 0 : Math.floor(Math.log2(offset)) - rowBits + 1;
    if (address === UNDEFINED || row >= rows) return null;
    const size = row === 0 ? startSize : startSize * 2 ** (row - 1);
    offset -= row === 0 ? 0 : size * width;
    const column = Math.floor(offset / size);
    offset -= column * size;
    const entries = yield { address, length: rows * width * offsetSize };
    const entry = entries.renamed('fractal heap indirect block');
    entry.skip((row * width + column) * offsetSize);
    address = entry.address();
    if (row < directRows) return address === UNDEFINED ? null : { address, size, offset };
    rows = Math.log2(size) - rowBits + 1;
  }
}
