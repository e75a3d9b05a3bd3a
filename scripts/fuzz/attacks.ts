/**
 * Files made to cost far more than their size: many things that lead to one, each sound in itself,
 * and chunks that claim to be far larger than what is stored of them.
 */
import { checkedBlocks } from './checked-blocks.js';
import type { CveFile } from './cve-files.js';
import type { FileEditor } from './file-editor.js';

export type Attack = Omit<CveFile, 'cve'>;

export const attacks: readonly Attack[] = [
  { what: 'soft link around a loop of hard links', seed: 'attack-roundabout', edit: asItIs },
  { what: 'the same in new groups', seed: 'attack-roundabout-v110', edit: asItIs },
  {
    what: 'every soft link of a symbol table leads to one long text',
    seed: 'attack-long-name',
    edit(file) {
      const entries = file.texts('SNOD').flatMap((node) => {
        const count = file.get(node + 6, 2);
        return Array.from({ length: count }, (_, i) => node + 8 + 40 * i + 24);
      });
      const heap = file.text('HEAP');
      const long = file.text('/x/x/x/x') - file.get(heap + 24, 8);
      for (const entry of entries) file.set(entry, 4, long);
    },
  },
  {
    what: 'every name of a dense group leads to one huge object',
    seed: 'attack-longer-name',
    edit: (file) => {
      leadAllNames(file, (id) => (file.get(id, 1) >> 4) & 1);
    },
  },
  {
    what: 'every name of a dense group leads to the longest link',
    seed: 'attack-managed-name',
    edit: (file) => {
      leadAllNames(file, (id) => file.get(id + 5, 2));
    },
  },
  {
    what: 'every chunk of an array is the largest',
    seed: 'attack-large-chunks',
    edit(file) {
      const RECORD = 16;
      const records = checkedBlocks(file.bytes).flatMap(({ start, length }) => {
        const signature = Buffer.from(file.bytes.subarray(start, start + 4)).toString();
        const first = { EAIB: 14, EADB: 18 }[signature];
        const count = signature === 'EAIB' ? 4 : Math.floor((length - 22) / RECORD);
        if (first === undefined) return [];
        return Array.from({ length: count }, (_, i) => start + first + RECORD * i);
      });
      makeAllTheLargest(file, records, RECORD, (record) => file.get(record + 8, 4));
    },
  },
  {
    what: 'every chunk of a v1 B-tree is the largest',
    seed: 'attack-large-chunks-tree',
    edit(file) {
      const leaves = file.texts('TREE').filter((node) => file.get(node + 4, 2) === 1);
      const keys = leaves.flatMap((leaf) =>
        Array.from({ length: file.get(leaf + 6, 2) }, (_, i) => leaf + 24 + 40 * i),
      );
      const largest = keys.reduce((most, key) =>
        file.get(key, 4) > file.get(most, 4) ? key : most,
      );
      const [size, address] = [file.get(largest, 4), file.get(largest + 32, 8)];
      for (const key of keys) {
        file.set(key, 4, size);
        file.set(key + 32, 8, address);
      }
    },
  },
];

function asItIs(): void {
  // Nothing needs to be changed.
}

/** Lets the largest object by some measure be what every record of an index of names leads to. */
function leadAllNames(file: FileEditor, measure: (id: number) => number): void {
  const ids = checkedBlocks(file.bytes).flatMap(({ start, length }) => {
    const signature = Buffer.from(file.bytes.subarray(start, start + 4)).toString();
    // Of links' names.
    if (signature !== 'BTLF' || file.bytes[start + 5] !== 5) return [];
    const records = Math.floor((length - 10) / 11);
    return Array.from({ length: records }, (_, i) => start + 6 + 11 * i + 4);
  });
  makeAllTheLargest(file, ids, 7, measure);
}

function makeAllTheLargest(
  file: FileEditor,
  records: readonly number[],
  length: number,
  measure: (record: number) => number,
): void {
  const largest = records.reduce((most, next) => (measure(next) > measure(most) ? next : most));
  for (const record of records) file.bytes.copyWithin(record, largest, largest + length);
}
