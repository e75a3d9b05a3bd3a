import type { Cursor } from '../../chunking/format/cursor.js';
import { BtreeV2Type } from '../../chunking/format/btree-v2.js';
import { parseHeapHeader, type HeapHeader } from '../../chunking/format/fractal-heap.js';
import { lookup3 } from '../../chunking/format/lookup3.js';
import { UnsupportedByLibraryError } from '../../errors.js';
import { findDirectBlock, HEAP_HEADER_LENGTH } from '../links/link-heap.js';
import { findRecord } from '../links/record-tree.js';
import type { Structures } from '../links/structures.js';
import type { StoredMessage } from './stored-message.js';

/**
 * A message in a fractal heap, where it lies.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 1G - Fractal Heap".
 *
 * @param id stands at the first byte of its heap ID
 */
export function heapMessage(file: Structures, heap: number, id: Cursor): StoredMessage {
  const structure = 'fractal heap header';
  const header = parseHeapHeader(file.readChecked(heap, HEAP_HEADER_LENGTH, structure), heap);
  const type = (id.u8() >> 4) & 0x03;
  if (type === MANAGED) return managedMessage(file, header, id);
  if (type === HUGE) return hugeMessage(file, header, id);
  throw id.fail(`Expected a message in a block of the heap, got an ID of type ${type}`);
}

const MANAGED = 0;
const HUGE = 1;

function managedMessage(file: Structures, header: HeapHeader, id: Cursor): StoredMessage {
  const structure = 'fractal heap direct block';
  const inHeap = id.unsigned(header.table.offsetBytes);
  const length = id.unsigned(header.lengthBytes);
  const place = findDirectBlock(file, header, inHeap);
  if (place === null) throw id.fail(`Expected an object in the heap, got offset ${inHeap}`);
  const block = file.read(place.address, place.size, structure);
  block.renamed(structure).expectSignature('FHDB');
  block.skip(place.offset);
  const message = block.take(length);
  return {
    body: message.slice(),
    replace: (body) => {
      requireLength(body, length);
      message.set(body);
      if (header.checksums) renewChecksum(file, header, block.bytes);
      file.write(place.address, block.bytes);
    },
  };
}

/** It stands behind the block's prefix, and counts as zero in itself. */
function renewChecksum(file: Structures, { table }: HeapHeader, block: Uint8Array): void {
  const at = 5 + file.offsetSize + table.offsetBytes;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  view.setUint32(at, 0, true);
  view.setUint32(at, lookup3(block), true);
}

/** One of more than 4 KiB, which has a place of its own. */
function hugeMessage(file: Structures, header: HeapHeader, id: Cursor): StoredMessage {
  const { offsetSize, lengthSize } = file;
  if (header.idLength - 1 >= offsetSize + lengthSize) {
    // No version of HDF5 makes attributes' heaps with such IDs.
    throw new UnsupportedByLibraryError('changing an attribute in a heap with long IDs');
  }
  const key = id.unsigned(Math.min(lengthSize, header.idLength - 1));
  const tree = {
    address: header.hugeTree,
    type: BtreeV2Type.hugeObjects,
    recordLength: offsetSize + 2 * lengthSize,
  };
  const record = findRecord(file, tree, (candidate) => {
    candidate.skip(offsetSize + lengthSize);
    return candidate.length() - key;
  });
  if (record === undefined) throw id.fail(`Expected a huge object of the heap, got ${key}`);
  const offset = record.address();
  const length = record.length();
  return {
    body: file.read(offset, length, 'huge object of a fractal heap').bytes.slice(),
    replace: (body) => {
      requireLength(body, length);
      file.write(offset, body);
    },
  };
}

/**
 * A heap says how long an object is, not the object itself. Only `Empty` of strings comes out
 * shorter than anything that h5wasm can put there.
 */
function requireLength(body: Uint8Array, length: number): void {
  if (body.length === length) return;
  throw new UnsupportedByLibraryError(
    'Empty of fixed-length strings on an object with many attributes',
  );
}
