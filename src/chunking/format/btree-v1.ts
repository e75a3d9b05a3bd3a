import type { Cursor } from './cursor.js';
import type { Hdf5File } from './hdf5-file.js';

/** A node of a version 1 B-tree: `keys` has one more key than there are children. */
export interface BtreeNode {
  readonly level: number;
  readonly entries: number;
  /** Stands at key 0; key 0, child 0, key 1, child 1, …, last key follow. */
  readonly body: Cursor;
  /** Bytes read. */
  readonly length: number;
}

/**
 * Reads one node, whose keys have `keyLength` bytes.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 1A1 - Version 1 B-trees".
 *
 * @param expectedLevel refuses a node of another level: since each child must be one level lower,
 *   a damaged tree can't lead in circles
 * @param usualEntries nodes of so many entries are read at once
 */
export async function readBtreeNode(
  file: Hdf5File,
  offset: number,
  type: 0 | 1,
  keyLength: number,
  expectedLevel?: number,
  usualEntries = 0,
): Promise<BtreeNode> {
  const structure = 'v1 B-tree node';
  const headerLength = 8 + 2 * file.offsetSize;
  const bodyOf = (entries: number): number => entries * (keyLength + file.offsetSize) + keyLength;
  const usual = Math.min(headerLength + bodyOf(usualEntries), file.size - offset);
  const header = await file.read(offset, Math.max(usual, headerLength), structure);
  header.expectSignature('TREE');
  const nodeType = header.u8();
  if (nodeType !== type) throw header.fail(`Expected a B-tree of type ${type}, got ${nodeType}`);
  const level = header.u8();
  if (expectedLevel !== undefined && level !== expectedLevel) {
    throw header.fail(`Expected a B-tree node of level ${expectedLevel}, got ${level}`);
  }
  const entries = header.u16();
  header.skip(2 * file.offsetSize); // left and right sibling
  const bodyLength = bodyOf(entries);
  const body =
    bodyLength <= header.remaining
      ? header.sub(bodyLength, structure)
      : await file.read(offset + headerLength, bodyLength, structure);
  return { level, entries, body, length: headerLength + bodyLength };
}
