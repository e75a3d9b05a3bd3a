import { UNDEFINED, type Cursor } from './cursor.js';
import { readBtreeNode } from './btree-v1.js';
import type { Hdf5File } from './hdf5-file.js';
import type { Link } from './link.js';

const SOFT_LINK = 2;

/**
 * Reads the links of an old-style group: a v1 B-tree whose leaves are symbol table nodes, with
 * the names in a local heap.
 *
 * Source: HDF5 File Format Specification, "Group Symbol Table Nodes", "Symbol Table Entry",
 * "Local Heaps" and "The Symbol Table Message".
 */
export async function readSymbolTable(file: Hdf5File, message: Cursor): Promise<Map<string, Link>> {
  const btree = message.address();
  const heapAddress = message.address();
  const links = new Map<string, Link>();
  if (btree === UNDEFINED || heapAddress === UNDEFINED) return links;
  const heap = await readLocalHeap(file, heapAddress);
  // Whoever reads more than there is reads something twice.
  const spend = budget(file.size, 'each B-tree node to be linked once');
  const visit = async (offset: number, level?: number): Promise<void> => {
    const node = await readBtreeNode(file, offset, 0, file.lengthSize, level);
    spend(node.length, node.body);
    for (let i = 0; i < node.entries; i++) {
      node.body.skip(file.lengthSize);
      const child = node.body.address();
      if (child === UNDEFINED) throw node.body.fail('Expected the address of a child');
      if (node.level > 0) await visit(child, node.level - 1);
      else spend(await readSymbolTableNode(file, child, heap, links), node.body);
    }
  };
  await visit(btree);
  return links;
}

type Spend = (bytes: number, at: Cursor) => void;

/** Refuses to go on when more is spent than there is. */
function budget(limit: number, expected: string): Spend {
  let spent = 0;
  return (bytes, at) => {
    spent += bytes;
    if (spent > limit) throw at.fail(`Expected ${expected}`);
  };
}

/** Reads texts by their offset in the heap. */
type HeapText = (offset: number, from: Cursor) => string;

async function readLocalHeap(file: Hdf5File, offset: number): Promise<HeapText> {
  const header = await file.read(offset, 8 + 2 * file.lengthSize + file.offsetSize, 'local heap');
  header.expectSignature('HEAP');
  header.version(0);
  header.skip(3);
  const size = header.length();
  header.skip(file.lengthSize); // head of the free list
  const data = header.address();
  if (data === UNDEFINED) throw header.fail("Expected the address of the heap's data");
  const heap = await file.read(data, size, 'local heap data');
  const spend = budget(file.size, 'each text of the local heap to be used once');
  return (at, from) => {
    const text = heap.renamed('local heap data');
    text.skip(at);
    const start = text.offset;
    const value = text.nulTerminated();
    spend(text.offset - start, from);
    return value;
  };
}

/** Returns the number of bytes read. */
async function readSymbolTableNode(
  file: Hdf5File,
  offset: number,
  heap: HeapText,
  links: Map<string, Link>,
): Promise<number> {
  const header = await file.read(offset, 8, 'symbol table node');
  header.expectSignature('SNOD');
  header.version(1);
  header.skip(1);
  const count = header.u16();
  const entryLength = file.lengthSize + file.offsetSize + 24;
  const length = count * entryLength;
  const entries = await file.read(offset + 8, length, 'symbol table node');
  for (let i = 0; i < count; i++) {
    const entry = entries.sub(entryLength, 'symbol table entry');
    const name = heap(entry.unsigned(file.lengthSize), entry);
    if (name === '') throw entry.fail('Expected a link with a name');
    links.set(name, parseEntry(entry, heap));
  }
  return 8 + length;
}

function parseEntry(entry: Cursor, heap: HeapText): Link {
  const offset = entry.address();
  const cacheType = entry.u32();
  entry.skip(4);
  if (cacheType === SOFT_LINK) return { kind: 'soft', target: heap(entry.u32(), entry) };
  if (offset === UNDEFINED) throw entry.fail('Expected the address of the linked object');
  return { kind: 'hard', offset };
}
