import { UNDEFINED, type Cursor } from '../../chunking/format/cursor.js';
import type { Link } from '../../chunking/format/link.js';
import type { FoundLink } from './find-link.js';
import { compareBytes, type Structures } from './structures.js';
import { removeLastChild, setRightKey, wayToName } from './symbol-tree.js';

const SOFT_LINK = 2;
const ENTRY = 40;
const NODE_HEADER = 8;

/**
 * Looks for a link of an old-style group: symbol table nodes under a version 1 B-tree, the names in
 * a local heap. Removing takes its entry out of its node, and an empty node out of the tree; the
 * name stays in the heap, unused.
 *
 * Source: HDF5 File Format Specification, "Group Symbol Table Nodes", "Symbol Table Entry" and
 * "Local Heaps"; libhdf5, `H5G__node_remove`.
 *
 * @param message the body of the Symbol Table message
 */
export function findInSymbolTable(
  file: Structures,
  message: Cursor,
  name: string,
): FoundLink | undefined {
  const [tree, heapAddress] = [message.address(), message.address()];
  if (tree === UNDEFINED || heapAddress === UNDEFINED) return undefined;
  const heap = readLocalHeap(file, heapAddress);
  const nameAt = (offset: number): Uint8Array => nulTerminated(heap, offset);
  const wanted = new TextEncoder().encode(name);
  const way = wayToName(file, tree, nameAt, wanted);
  const last = way.at(-1);
  if (last === undefined) return undefined;
  const address = last.node.children[last.index]!;
  const entries = readEntries(file, address);
  const index = entries.findIndex((entry) => compareBytes(nameAt(nameOf(entry)), wanted) === 0);
  const entry = entries[index];
  if (entry === undefined) return undefined;
  return {
    link: parseEntry(entry, nameAt),
    remove: () => {
      entries.splice(index, 1);
      const lastEntry = entries.at(-1);
      if (lastEntry === undefined) {
        removeLastChild(file, way);
        return;
      }
      writeEntries(file, address, entries);
      // The key to the right of a node is its last name: libhdf5 adds names by that.
      if (index === entries.length) setRightKey(file, way, nameOf(lastEntry));
    },
  };
}

function readLocalHeap(file: Structures, offset: number): Cursor {
  const header = file.read(offset, 32, 'local heap');
  header.expectSignature('HEAP');
  header.version(0);
  header.skip(3);
  const size = header.length();
  header.skip(8); // head of the free list
  const data = header.address();
  if (data === UNDEFINED) throw header.fail("Expected the address of the heap's data");
  return file.read(data, size, 'local heap data');
}

function nulTerminated(heap: Cursor, offset: number): Uint8Array {
  const data = heap.renamed('local heap data');
  data.skip(offset);
  const end = heap.bytes.indexOf(0, offset);
  if (end < 0) throw data.fail('Expected a name that ends with a NUL byte');
  return data.take(end - offset);
}

function readEntries(file: Structures, offset: number): Cursor[] {
  const structure = 'symbol table node';
  const header = file.read(offset, NODE_HEADER, structure);
  header.expectSignature('SNOD');
  header.version(1);
  header.skip(1);
  const count = header.u16();
  const body = file.read(offset + NODE_HEADER, count * ENTRY, structure);
  return Array.from({ length: count }, () => body.sub(ENTRY, 'symbol table entry'));
}

/** Writes one entry less than there were; the room of the last one is cleared. */
function writeEntries(file: Structures, offset: number, entries: readonly Cursor[]): void {
  const bytes = new Uint8Array(NODE_HEADER + (entries.length + 1) * ENTRY);
  bytes.set(new TextEncoder().encode('SNOD\x01'));
  new DataView(bytes.buffer).setUint16(6, entries.length, true);
  for (const [index, entry] of entries.entries()) {
    bytes.set(entry.bytes, NODE_HEADER + index * ENTRY);
  }
  file.write(offset, bytes);
}

function nameOf(entry: Cursor): number {
  return entry.renamed('symbol table entry').length();
}

function parseEntry(entry: Cursor, nameAt: (offset: number) => Uint8Array): Link {
  const cursor = entry.renamed('symbol table entry');
  cursor.skip(8);
  const offset = cursor.address();
  const cacheType = cursor.u32();
  cursor.skip(4);
  if (cacheType === SOFT_LINK) {
    return { kind: 'soft', target: new TextDecoder().decode(nameAt(cursor.u32())) };
  }
  if (offset === UNDEFINED) throw cursor.fail('Expected the address of the linked object');
  return { kind: 'hard', offset };
}
