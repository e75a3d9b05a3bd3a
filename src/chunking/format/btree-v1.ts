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
  const usual = usualLength(file, offset, keyLength, usualEntries);
  const header = await file.read(offset, usual, STRUCTURE);
  const prefix = parsePrefix(header, file, type, keyLength, expectedLevel);
  const { bodyLength, length } = prefix;
  const body =
    bodyLength <= header.remaining
      ? header.sub(bodyLength, STRUCTURE)
      : await file.read(offset + length - bodyLength, bodyLength, STRUCTURE);
  return { ...prefix, body };
}

/** The same without waiting; `undefined` where it has to be read as above. */
export function tryReadBtreeNode(
  file: Hdf5File,
  offset: number,
  type: 0 | 1,
  keyLength: number,
  expectedLevel: number,
  usualEntries: number,
): BtreeNode | undefined {
  const usual = usualLength(file, offset, keyLength, usualEntries);
  const header = file.tryRead(offset, usual, STRUCTURE);
  if (header === undefined) return undefined;
  const prefix = parsePrefix(header, file, type, keyLength, expectedLevel);
  if (prefix.bodyLength > header.remaining) return undefined;
  return { ...prefix, body: header.sub(prefix.bodyLength, STRUCTURE) };
}

const STRUCTURE = 'v1 B-tree node';

/** Bytes of a node of so many entries. */
export function btreeNodeLength(
  { offsetSize }: Hdf5File,
  keyLength: number,
  entries: number,
): number {
  return 8 + 2 * offsetSize + bodyLengthOf(offsetSize, keyLength, entries);
}

function bodyLengthOf(offsetSize: number, keyLength: number, entries: number): number {
  return entries * (keyLength + offsetSize) + keyLength;
}

/** Bytes to read of a node before it is known how many entries it has. */
function usualLength(file: Hdf5File, offset: number, keyLength: number, entries: number): number {
  const usual = btreeNodeLength(file, keyLength, entries);
  return Math.max(Math.min(usual, file.size - offset), 8 + 2 * file.offsetSize);
}

/** Reads up to key 0. */
function parsePrefix(
  header: Cursor,
  file: Hdf5File,
  type: 0 | 1,
  keyLength: number,
  expectedLevel: number | undefined,
): Omit<BtreeNode, 'body'> & { readonly bodyLength: number } {
  header.expectSignature('TREE');
  const nodeType = header.u8();
  if (nodeType !== type) throw header.fail(`Expected a B-tree of type ${type}, got ${nodeType}`);
  const level = header.u8();
  if (expectedLevel !== undefined && level !== expectedLevel) {
    throw header.fail(`Expected a B-tree node of level ${expectedLevel}, got ${level}`);
  }
  const entries = header.u16();
  header.skip(2 * file.offsetSize); // left and right sibling
  const bodyLength = bodyLengthOf(file.offsetSize, keyLength, entries);
  const length = btreeNodeLength(file, keyLength, entries);
  return { level, entries, bodyLength, length };
}
