import { UNDEFINED, type Cursor } from './cursor.js';
import type { Hdf5File } from './hdf5-file.js';

/** The record types that are read here, by what the specification numbers them. */
export const BtreeV2Type = {
  hugeObjects: 1,
  linkNames: 5,
  linkOrder: 6,
  chunks: 10,
  filteredChunks: 11,
} as const;

/** A version 2 B-tree as its header describes it. */
export interface BtreeV2 {
  readonly nodeSize: number;
  readonly recordLength: number;
  /** Level of the root; leaves are at level 0. */
  readonly depth: number;
  /** Absolute file offset, or `UNDEFINED` when the tree is empty. */
  readonly root: number;
  readonly rootRecords: number;
  /** By level. */
  readonly levels: readonly BtreeV2Level[];
}

export interface BtreeV2Level {
  /** The most records of a node. */
  readonly maxRecords: number;
  /** Bytes of a pointer to a child; 0 at level 0. */
  readonly pointerLength: number;
  /** Bytes in which the parent's pointer counts all records below a node of this level; 0 at level 0. */
  readonly totalBytes: number;
}

/** One node: between and around its records lie its children, one more than there are records. */
export interface BtreeV2Node {
  /** Stands at record 0. */
  readonly records: Cursor;
  readonly count: number;
  /** Empty in a leaf. */
  readonly children: readonly BtreeV2Child[];
  /** Bytes read. */
  readonly length: number;
}

export interface BtreeV2Child {
  readonly address: number;
  readonly records: number;
}

const PREFIX = 6;
const CHECKSUM = 4;
/** libhdf5 counts a node's records in 16 bits. */
const MAX_RECORDS = 0xffff;
/** A node above the leaves has two children or more, so a deeper tree could not be counted. */
const MAX_DEPTH = 53;

/**
 * Reads the header.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 1A2 - Version 2 B-trees".
 *
 * @param recordLength bytes that a record of this type must have here
 */
export async function readBtreeV2(
  file: Hdf5File,
  offset: number,
  type: number,
  recordLength: number,
): Promise<BtreeV2> {
  const length = 16 + file.offsetSize + 2 + file.lengthSize + CHECKSUM;
  const header = await file.readChecked(offset, length, 'v2 B-tree header');
  header.expectSignature('BTHD');
  header.version(0);
  const storedType = header.u8();
  if (storedType !== type) {
    throw header.fail(`Expected a B-tree of type ${type}, got ${storedType}`);
  }
  const nodeSize = header.u32();
  const storedLength = header.u16();
  if (storedLength !== recordLength) {
    throw header.fail(`Expected B-tree records of ${recordLength} bytes, got ${storedLength}`);
  }
  const depth = header.u16();
  if (depth > MAX_DEPTH) throw header.fail(`Expected a B-tree's depth, got ${depth}`);
  header.skip(2); // split and merge percentages
  const root = header.address();
  const rootRecords = header.u16();
  const levels = btreeV2Levels(nodeSize, recordLength, depth, file.offsetSize);
  return { nodeSize, recordLength, depth, root, rootRecords, levels };
}

/**
 * Reads one node.
 *
 * @param level since each child is read as one level lower, a damaged tree can't lead in circles
 */
export async function readBtreeV2Node(
  file: Hdf5File,
  tree: BtreeV2,
  level: number,
  child: BtreeV2Child,
  type: number,
): Promise<BtreeV2Node> {
  const length = nodeLength(tree, level, child);
  const body = await file.readChecked(child.address, length, structureOf(level));
  return parseNode(body, tree, level, child, type);
}

/** The same without waiting; `undefined` where it has to be read as above. */
export function tryReadBtreeV2Node(
  file: Hdf5File,
  tree: BtreeV2,
  level: number,
  child: BtreeV2Child,
  type: number,
): BtreeV2Node | undefined {
  const length = nodeLength(tree, level, child);
  const body = file.tryReadChecked(child.address, length, structureOf(level));
  return body && parseNode(body, tree, level, child, type);
}

function structureOf(level: number): string {
  return level === 0 ? 'v2 B-tree leaf node' : 'v2 B-tree internal node';
}

function nodeLength(tree: BtreeV2, level: number, { records }: BtreeV2Child): number {
  const pointers = level === 0 ? 0 : (records + 1) * tree.levels[level]!.pointerLength;
  return PREFIX + records * tree.recordLength + pointers + CHECKSUM;
}

function parseNode(
  body: Cursor,
  tree: BtreeV2,
  level: number,
  child: BtreeV2Child,
  type: number,
): BtreeV2Node {
  const count = child.records;
  const { maxRecords } = tree.levels[level]!;
  body.expectSignature(level === 0 ? 'BTLF' : 'BTIN');
  body.version(0);
  const storedType = body.u8();
  if (storedType !== type) throw body.fail(`Expected a B-tree of type ${type}, got ${storedType}`);
  if (count > maxRecords) {
    throw body.fail(`Expected at most ${maxRecords} records in a node, got ${count}`);
  }
  const records = body.sub(count * tree.recordLength, structureOf(level));
  const children = level === 0 ? [] : readPointers(body, tree, level, count + 1);
  return { records, count, children, length: nodeLength(tree, level, child) };
}

function readPointers(body: Cursor, tree: BtreeV2, level: number, count: number): BtreeV2Child[] {
  const below = tree.levels[level - 1]!;
  const countBytes = encodedBytes(tree.levels[0]!.maxRecords);
  const children: BtreeV2Child[] = [];
  for (let i = 0; i < count; i++) {
    const address = body.address();
    if (address === UNDEFINED) throw body.fail("Expected a child's address");
    const records = body.unsigned(countBytes);
    body.skip(below.totalBytes);
    children.push({ address, records });
  }
  return children;
}

/** The levels of a tree, from the leaves up. Source: libhdf5, `H5B2__hdr_init`. */
export function btreeV2Levels(
  nodeSize: number,
  recordLength: number,
  depth: number,
  offsetSize: number,
): BtreeV2Level[] {
  const fit = (bytes: number, each: number): number =>
    Math.max(0, Math.min(MAX_RECORDS, Math.floor(bytes / each)));
  const overhead = PREFIX + CHECKSUM;
  const leafRecords = fit(nodeSize - overhead, recordLength);
  const countBytes = encodedBytes(leafRecords);
  const levels: BtreeV2Level[] = [{ maxRecords: leafRecords, pointerLength: 0, totalBytes: 0 }];
  let total = leafRecords;
  for (let level = 1; level <= depth; level++) {
    const pointerLength = offsetSize + countBytes + levels[level - 1]!.totalBytes;
    const maxRecords = fit(nodeSize - overhead - pointerLength, recordLength + pointerLength);
    total = (maxRecords + 1) * total + maxRecords;
    levels.push({ maxRecords, pointerLength, totalBytes: encodedBytes(total) });
  }
  return levels;
}

/** Bytes in which numbers up to `limit` are stored. Source: libhdf5, `H5VM_limit_enc_size`. */
export function encodedBytes(limit: number): number {
  return limit < 1 ? 1 : Math.min(8, Math.floor(Math.floor(Math.log2(limit)) / 8) + 1);
}
