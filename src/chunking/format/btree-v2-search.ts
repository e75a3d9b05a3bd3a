import { readBtreeV2Node, type BtreeV2, type BtreeV2Child } from './btree-v2.js';
import { UNDEFINED, type Cursor } from './cursor.js';
import type { Hdf5File } from './hdf5-file.js';

/** Below 0 where a record comes before what is looked for, above 0 where it comes behind it. */
export type CompareRecord = (record: Cursor) => number;

/** The records that compare as 0, found by descent from the root. Several may: hashes collide. */
export async function findBtreeV2Records(
  file: Hdf5File,
  tree: BtreeV2,
  type: number,
  compare: CompareRecord,
): Promise<Cursor[]> {
  const found: Cursor[] = [];
  let bytesRead = 0;
  const visit = async (pointer: BtreeV2Child, level: number): Promise<void> => {
    const node = await readBtreeV2Node(file, tree, level, pointer, type);
    // Whoever reads more than there is reads something twice.
    bytesRead += node.length;
    if (bytesRead > file.size) throw node.records.fail('Expected each node to be linked once');
    const records = Array.from({ length: node.count }, () =>
      node.records.sub(tree.recordLength, 'v2 B-tree record'),
    );
    const start = firstWhere(records, (record) => compare(record.renamed('v2 B-tree record')) >= 0);
    for (let i = start; i <= records.length; i++) {
      const child = node.children[i];
      if (child !== undefined) await visit(child, level - 1);
      const record = records[i];
      if (record === undefined || compare(record.renamed('v2 B-tree record')) !== 0) break;
      found.push(record);
    }
  };
  if (tree.root !== UNDEFINED) {
    await visit({ address: tree.root, records: tree.rootRecords }, tree.depth);
  }
  return found;
}

/** Index of the first value of which `test` holds, as it does of all behind; the length if of none. */
function firstWhere<T>(values: readonly T[], test: (value: T) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(values[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
