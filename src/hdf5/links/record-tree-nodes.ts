import { btreeV2Levels, encodedBytes, type BtreeV2Level } from '../../chunking/format/btree-v2.js';
import { UNDEFINED, type Cursor } from '../../chunking/format/cursor.js';
import { putU64, type Structures } from './structures.js';

/** Which tree: of what record type, and how long its records must be. */
export interface TreeAt {
  /** Absolute offset of the header. */
  readonly address: number;
  readonly type: number;
  readonly recordLength: number;
}

/** A version 2 B-tree that can be changed in memory. */
export interface RecordTree extends TreeAt {
  /** All bytes of the header but the checksum. */
  readonly header: Uint8Array;
  /** By level; leaves are at level 0. */
  readonly levels: readonly BtreeV2Level[];
  /** A node with fewer records than this many percent of what it can hold is merged. */
  readonly mergePercent: number;
  /** `null` when the tree is empty. */
  root: TreeNode | null;
}

export interface TreeNode {
  readonly address: number;
  readonly level: number;
  readonly records: Cursor[];
  /** One more than there are records; none in a leaf. */
  readonly children: TreeChild[];
}

/** A child that has not been read, or has: then the node itself says how many records it has. */
export interface TreeChild {
  readonly address: number;
  readonly count: number;
  /** With all below it. */
  readonly total: number;
  node: TreeNode | null;
}

const HEADER = 16 + 8 + 2 + 8;
const PREFIX = 6;
const CHECKSUM = 4;
/** A node above the leaves has two children or more, so a deeper tree could not be counted. */
const MAX_DEPTH = 53;

/**
 * Reads the header and the root.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 1A2 - Version 2 B-trees".
 */
export function readRecordTree(file: Structures, at: TreeAt): RecordTree {
  const header = file.readChecked(at.address, HEADER + CHECKSUM, 'v2 B-tree header');
  header.expectSignature('BTHD');
  header.version(0);
  const type = header.u8();
  if (type !== at.type) throw header.fail(`Expected a B-tree of type ${at.type}, got ${type}`);
  const nodeSize = header.u32();
  const recordLength = header.u16();
  if (recordLength !== at.recordLength) {
    throw header.fail(`Expected records of ${at.recordLength} bytes, got ${recordLength}`);
  }
  const depth = header.u16();
  if (depth > MAX_DEPTH) throw header.fail(`Expected a B-tree's depth, got ${depth}`);
  header.skip(1); // split percentage
  const mergePercent = header.u8();
  const [address, count] = [header.address(), header.u16()];
  const levels = btreeV2Levels(nodeSize, recordLength, depth, file.offsetSize);
  const tree: RecordTree = { ...at, header: header.bytes, levels, mergePercent, root: null };
  if (address !== UNDEFINED) tree.root = readNode(file, tree, address, count, depth);
  return tree;
}

export function childOf(
  file: Structures,
  tree: RecordTree,
  node: TreeNode,
  index: number,
): TreeNode {
  const child = node.children[index]!;
  child.node ??= readNode(file, tree, child.address, child.count, node.level - 1);
  return child.node;
}

/** How many records there are in and below a node. */
export function totalOf({ records, children }: TreeNode): number {
  const below = children.map(({ node, total }) => (node === null ? total : totalOf(node)));
  return below.reduce((sum, total) => sum + total, records.length);
}

/** Writes the header and every node that has been read. */
export function writeRecordTree(file: Structures, tree: RecordTree): void {
  const { header, root } = tree;
  const view = new DataView(header.buffer, header.byteOffset);
  view.setUint16(12, root?.level ?? 0, true);
  putU64(header, 16, root === null ? UNDEFINED : root.address - file.base);
  view.setUint16(24, root?.records.length ?? 0, true);
  putU64(header, 26, root === null ? 0 : totalOf(root));
  file.writeChecked(tree.address, header);
  if (root !== null) writeNode(file, tree, root);
}

function readNode(
  file: Structures,
  tree: RecordTree,
  address: number,
  count: number,
  level: number,
): TreeNode {
  const structure = level === 0 ? 'v2 B-tree leaf node' : 'v2 B-tree internal node';
  const { maxRecords } = tree.levels[level]!;
  const body = file.readChecked(address, nodeLength(tree, level, count) + CHECKSUM, structure);
  body.expectSignature(level === 0 ? 'BTLF' : 'BTIN');
  body.version(0);
  const type = body.u8();
  if (type !== tree.type) throw body.fail(`Expected a B-tree of type ${tree.type}, got ${type}`);
  if (count > maxRecords || (count === 0 && level > 0)) {
    throw body.fail(`Expected 1 to ${maxRecords} records in a node, got ${count}`);
  }
  const records = Array.from({ length: count }, () =>
    body.sub(tree.recordLength, 'v2 B-tree record'),
  );
  const sizes = pointerSizes(tree, level);
  const children = Array.from({ length: level === 0 ? 0 : count + 1 }, (): TreeChild => {
    const child = body.address();
    if (child === UNDEFINED) throw body.fail("Expected a child's address");
    const childCount = body.unsigned(sizes.count);
    const total = level > 1 ? body.unsigned(sizes.total) : childCount;
    return { address: child, count: childCount, total, node: null };
  });
  return { address, level, records, children };
}

function writeNode(file: Structures, tree: RecordTree, node: TreeNode): void {
  const { level, records, children } = node;
  const bytes = new Uint8Array(nodeLength(tree, level, records.length));
  bytes.set(new TextEncoder().encode(level === 0 ? 'BTLF' : 'BTIN'));
  bytes[5] = tree.type;
  let at = PREFIX;
  for (const record of records) {
    bytes.set(record.bytes, at);
    at += tree.recordLength;
  }
  const sizes = pointerSizes(tree, level);
  for (const child of children) {
    const count = child.node?.records.length ?? child.count;
    const total = child.node === null ? child.total : totalOf(child.node);
    putU64(bytes, at, child.address - file.base);
    putUnsigned(bytes, at + 8, sizes.count, count);
    if (level > 1) putUnsigned(bytes, at + 8 + sizes.count, sizes.total, total);
    at += tree.levels[level]!.pointerLength;
    if (child.node !== null) writeNode(file, tree, child.node);
  }
  file.writeChecked(node.address, bytes);
}

function nodeLength(tree: RecordTree, level: number, count: number): number {
  const { pointerLength } = tree.levels[level]!;
  return PREFIX + count * tree.recordLength + (level === 0 ? 0 : (count + 1) * pointerLength);
}

/** Bytes in which a node of this level counts the records of a child, and of all below it. */
function pointerSizes(tree: RecordTree, level: number): { count: number; total: number } {
  const count = encodedBytes(tree.levels[0]!.maxRecords);
  return { count, total: level > 1 ? tree.levels[level - 1]!.totalBytes : 0 };
}

function putUnsigned(bytes: Uint8Array, at: number, size: number, value: number): void {
  let rest = value;
  for (let i = 0; i < size; i++, rest = Math.floor(rest / 256)) bytes[at + i] = rest % 256;
}
