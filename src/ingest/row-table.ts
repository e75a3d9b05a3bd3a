/**
 * A multimap from 64-bit hashes to row numbers, of which 40 bits are told apart: it finds rows that may
 * be meant; whoever asks looks whether they are. At most 14 bytes a row, also while it grows.
 */
export interface RowTable {
  /** Rows that were added with this hash, and very rarely others. */
  find(hash: RowHash): Generator<number>;
  /** Rows are below 2^32 - 1. */
  add(hash: RowHash, row: number): void;
  /** Bytes that it takes. */
  readonly bytes: number;
}

/** Two independent hashes of 32 bits of the same thing. */
export type RowHash = readonly [first: number, second: number];

const parts = 256;
const smallest = 8;
const fullest = 0.9;
const growth = 1.45;
/** No row. */
const free = 0xffffffff;

/**
 * Open addressing with linear probing (D. Knuth, "The Art of Computer Programming" 3, section 6.4), in 256
 * tables, so that only one of them is there twice while it grows.
 */
export function createRowTable(): RowTable {
  const tables = Array.from({ length: parts }, emptyTable);

  return {
    *find([first, second]) {
      const { tags, rows } = tables[second % parts]!;
      if (rows.length === 0) return;
      for (let slot = slotOf(first, rows.length); ; slot = next(slot, rows.length)) {
        const row = rows[slot]!;
        if (row === free) return;
        if (tags[slot] === first) yield row;
      }
    },
    add: ([first, second], row) => {
      const table = tables[second % parts]!;
      if (table.count + 1 > table.rows.length * fullest) grow(table);
      insert(table, first, row);
      table.count++;
    },
    get bytes() {
      return tables.reduce((sum, { rows, tags }) => sum + rows.byteLength + tags.byteLength, 0);
    },
  };
}

interface Table {
  tags: Uint32Array;
  rows: Uint32Array;
  count: number;
}

function emptyTable(): Table {
  return { tags: new Uint32Array(0), rows: new Uint32Array(0), count: 0 };
}

/** A tag alone says where it belongs, however many slots there are. */
function slotOf(tag: number, slots: number): number {
  return Math.floor((tag / 2 ** 32) * slots);
}

function next(slot: number, slots: number): number {
  return slot + 1 === slots ? 0 : slot + 1;
}

function insert({ tags, rows }: Table, tag: number, row: number): void {
  let slot = slotOf(tag, rows.length);
  while (rows[slot] !== free) slot = next(slot, rows.length);
  tags[slot] = tag;
  rows[slot] = row;
}

function grow(table: Table): void {
  const { tags, rows } = table;
  const slots = Math.max(smallest, Math.ceil(rows.length * growth));
  table.tags = new Uint32Array(slots);
  table.rows = new Uint32Array(slots).fill(free);
  for (let slot = 0; slot < rows.length; slot++) {
    if (rows[slot] !== free) insert(table, tags[slot]!, rows[slot]!);
  }
}
