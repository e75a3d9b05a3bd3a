import { UNDEFINED } from '../../chunking/format/cursor.js';
import { compareBytes, putU64, type Structures } from './structures.js';

/** A node of the version 1 B-tree over a group's symbol table nodes. */
interface TreeNode {
  readonly address: number;
  readonly level: number;
  /** Absolute offsets of its neighbours of the same level, or `UNDEFINED`. */
  left: number;
  right: number;
  /** Names, by their offset in the local heap: child i holds those above key i up to key i + 1. */
  readonly keys: number[];
  /** Absolute offsets. */
  readonly children: number[];
}

/** A node on the way from the root to a symbol table node, and the child that comes next. */
export interface TreeStep {
  readonly node: TreeNode;
  readonly index: number;
}

const HEADER = 24;
const KEY = 8;
const POINTER = 8;

/**
 * The way to the symbol table node that a name must be in; empty when it can't be in any.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 1A1 - Version 1 B-trees".
 *
 * @param nameAt the name at an offset in the local heap
 */
export function wayToName(
  file: Structures,
  root: number,
  nameAt: (offset: number) => Uint8Array,
  name: Uint8Array,
): TreeStep[] {
  const way: TreeStep[] = [];
  for (let node = readNode(file, root); ;) {
    const index = node.children.findIndex(
      (_, child) => compareBytes(name, nameAt(node.keys[child + 1]!)) <= 0,
    );
    if (index < 0) return [];
    way.push({ node, index });
    if (node.level === 0) return way;
    node = readNode(file, node.children[index]!, node.level - 1);
  }
}

/**
 * Sets the key to the right of the last step's child, wherever it is kept: with the ancestors
 * whose last key it is, and with their neighbours.
 *
 * Source: libhdf5, `H5B__remove_helper`, as for the next.
 */
export function setRightKey(file: Structures, way: readonly TreeStep[], key: number): void {
  for (const { node, index } of way.toReversed()) {
    node.keys[index + 1] = key;
    writeNode(file, node);
    if (index + 1 < node.children.length) return;
    changeNeighbour(file, node.right, (right) => (right.keys[0] = key));
  }
}

/** Takes the last step's child out of the tree, and with it the nodes that it leaves empty. */
export function removeLastChild(file: Structures, way: readonly TreeStep[]): void {
  for (let depth = way.length - 1; depth >= 0; depth--) {
    const { node, index } = way[depth]!;
    node.children.splice(index, 1);
    if (node.children.length > 0) {
      node.keys.splice(index + 1, 1);
      writeNode(file, node);
      if (index === node.children.length) {
        const key = node.keys.at(-1)!;
        changeNeighbour(file, node.right, (right) => (right.keys[0] = key));
        setRightKey(file, way.slice(0, depth), key);
      }
      return;
    }
    if (depth === 0) {
      writeNode(file, { ...node, level: 0, keys: [0] });
      return;
    }
    changeNeighbour(file, node.left, (left) => (left.right = node.right));
    changeNeighbour(file, node.right, (right) => {
      right.left = node.left;
      right.keys[0] = node.keys[0]!;
    });
  }
}

function changeNeighbour(
  file: Structures,
  address: number,
  change: (node: TreeNode) => void,
): void {
  if (address === UNDEFINED) return;
  const node = readNode(file, address);
  change(node);
  writeNode(file, node);
}

function readNode(file: Structures, address: number, expectedLevel?: number): TreeNode {
  const structure = 'v1 B-tree node';
  const header = file.read(address, HEADER, structure);
  header.expectSignature('TREE');
  const type = header.u8();
  if (type !== 0) throw header.fail(`Expected a B-tree of type 0, got ${type}`);
  const level = header.u8();
  // So that a damaged tree can't lead in circles.
  if (expectedLevel !== undefined && level !== expectedLevel) {
    throw header.fail(`Expected a B-tree node of level ${expectedLevel}, got ${level}`);
  }
  const entries = header.u16();
  const [left, right] = [header.address(), header.address()];
  const body = file.read(address + HEADER, entries * (KEY + POINTER) + KEY, structure);
  const keys = [body.length()];
  const children: number[] = [];
  for (let entry = 0; entry < entries; entry++) {
    const child = body.address();
    if (child === UNDEFINED) throw body.fail('Expected the address of a child');
    children.push(child);
    keys.push(body.length());
  }
  return { address, level, left, right, keys, children };
}

function writeNode(file: Structures, node: TreeNode): void {
  const { address, level, left, right, keys, children } = node;
  const bytes = new Uint8Array(HEADER + children.length * (KEY + POINTER) + KEY);
  const putAddress = (at: number, offset: number): void => {
    putU64(bytes, at, offset === UNDEFINED ? UNDEFINED : offset - file.base);
  };
  bytes.set(new TextEncoder().encode('TREE'));
  bytes[5] = level;
  new DataView(bytes.buffer).setUint16(6, children.length, true);
  putAddress(8, left);
  putAddress(16, right);
  for (const [index, key] of keys.entries()) {
    const at = HEADER + index * (KEY + POINTER);
    putU64(bytes, at, key);
    if (index < children.length) putAddress(at + KEY, children[index]!);
  }
  file.write(address, bytes);
}
