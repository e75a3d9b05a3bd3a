import { mix } from '../common/hash.js';
import type { RowHash } from './row-table.js';
import { createRowTable } from './row-table.js';

/** Finds images whose pixels are in already. */
export interface Duplicates {
  /**
   * The row of an image with the same pixels, or `undefined`.
   *
   * @param checksums of its planes: they only say where to look
   * @param isSame compares with the planes of a row
   */
  find(checksums: Uint32Array, isSame: (row: number) => boolean): number | undefined;
  /** Takes in the next row. */
  add(checksums: Uint32Array): void;
}

const rowsAtOnce = 16_384;

/**
 * @param rows in the file
 * @param read gives the checksums of `count` rows from `start` on, row by row
 */
export function openDuplicates(
  rows: number,
  channels: number,
  read: (start: number, count: number) => Uint32Array,
): Duplicates {
  const table = createRowTable();
  let known = 0;
  const add = (checksums: Uint32Array): void => {
    table.add(hashOf(checksums), known);
    known++;
  };
  while (known < rows) {
    const stored = read(known, Math.min(rowsAtOnce, rows - known));
    for (let at = 0; at < stored.length; at += channels) add(stored.subarray(at, at + channels));
  }
  return {
    find: (checksums, isSame) => {
      for (const row of table.find(hashOf(checksums))) if (isSame(row)) return row;
      return undefined;
    },
    add,
  };
}

function hashOf(checksums: Uint32Array): RowHash {
  let [first, second] = [0, 0x9e3779b9];
  for (const checksum of checksums) {
    first = mix(first ^ checksum);
    second = mix(mix(second) ^ checksum);
  }
  return [first, second];
}
