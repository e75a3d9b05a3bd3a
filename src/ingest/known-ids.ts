import { murmur3 } from '../common/hash.js';
import { utf8Encoder } from '../common/utf8.js';
import type { RowHash } from './row-table.js';
import { createRowTable } from './row-table.js';

/** Which ids are in, at a few bytes an id: the ids themselves are where they are stored. */
export interface KnownIds {
  /** Whether `find` has to read an id; if not, it isn't in. */
  mayHold(id: string): boolean;
  /** The row of an id, or `undefined`. */
  find(id: string): number | undefined;
  /** The id of the next row; it must not be in. */
  add(id: string): void;
  /** Bytes taken; at most 14 an id, and some that don't depend on how many there are. */
  readonly bytes: number;
}

/** Reads the ids of `count` rows from `start` on. */
export type ReadIds = (start: number, count: number) => readonly string[];

/**
 * @param rows rows whose ids are in the file
 * @param read of rows that have been added too, wherever these are; a hash is never trusted by itself
 */
export function openKnownIds(
  rows: number,
  read: ReadIds,
  hash: (id: string) => RowHash = idHash(),
): KnownIds {
  const table = createRowTable();
  let count = 0;
  const idAt = readAhead(read, () => count);
  const add = (id: string): void => {
    table.add(hash(id), count);
    count++;
  };
  while (count < rows) read(count, Math.min(rowsAtOnce, rows - count)).forEach(add);
  return {
    mayHold: (id) => table.find(hash(id)).next().done !== true,
    find: (id) => {
      for (const row of table.find(hash(id))) if (idAt(row) === id) return row;
      return undefined;
    },
    add,
    get bytes() {
      return table.bytes;
    },
  };
}

const rowsAtOnce = 16_384;
const rowsAhead = 1024;

/**
 * One id at a time, but with those that follow when ids are asked for in order, as by an ingest that
 * is run again.
 */
function readAhead(read: ReadIds, count: () => number): (row: number) => string {
  let start = 0;
  let ids: readonly string[] = [];
  return (row) => {
    const inOrder = row === start + ids.length;
    if (row < start || row >= start + ids.length) {
      ids = read(row, inOrder ? Math.min(rowsAhead, count() - row) : 1);
      start = row;
    }
    return ids[row - start]!;
  };
}

function idHash(): (id: string) => RowHash {
  const utf8 = utf8Encoder();
  return (id) => {
    const bytes = utf8(id);
    return [murmur3(bytes), murmur3(bytes, 0x9747b28c)];
  };
}
