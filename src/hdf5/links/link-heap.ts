import type { Cursor } from '../../chunking/format/cursor.js';
import { wayToDirectBlock, type DirectPlace } from '../../chunking/format/doubling-table.js';
import { parseHeapHeader, type HeapHeader } from '../../chunking/format/fractal-heap.js';
import { UnsupportedByLibraryError } from '../../errors.js';
import type { Structures } from './structures.js';

/** Bytes of a header without filters. */
export const HEAP_HEADER_LENGTH: number = 26 + 12 * 8 + 3 * 8;

/**
 * The object of a heap ID: a link message.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 1G - Fractal Heap".
 *
 * @param id stands at the ID's first byte
 * @throws UnsupportedByLibraryError for a link of more than 4 KiB, which HDF5 keeps elsewhere
 */
export function readHeapObject(file: Structures, heap: number, id: Cursor): Cursor {
  const header = parseHeapHeader(
    file.readChecked(heap, HEAP_HEADER_LENGTH, 'fractal heap header'),
    heap,
  );
  const { table } = header;
  const kind = id.u8();
  if (kind !== 0) {
    throw new UnsupportedByLibraryError(
      'changing a link of more than 4 KiB, or one with the same hash, in a group of many links',
    );
  }
  const offset = id.unsigned(table.offsetBytes);
  const length = id.unsigned(header.lengthBytes);
  const place = findDirectBlock(file, header, offset);
  if (place === null) throw id.fail(`Expected an object in the heap, got offset ${offset}`);
  const block = file.read(place.address, place.size, 'fractal heap direct block');
  block.renamed('fractal heap direct block').expectSignature('FHDB');
  block.skip(place.offset);
  return block.sub(length, 'link message');
}

export function findDirectBlock(
  file: Structures,
  header: HeapHeader,
  offset: number,
): DirectPlace | null {
  const way = wayToDirectBlock(file, header.table, offset);
  for (let step = way.next(); ;) {
    if (step.done === true) return step.value;
    step = way.next(readIndirectBlock(file, header, step.value.address, step.value.length));
  }
}

function readIndirectBlock(
  file: Structures,
  { table }: HeapHeader,
  offset: number,
  entriesLength: number,
): Cursor {
  const structure = 'fractal heap indirect block';
  const prefix = 5 + file.offsetSize + table.offsetBytes;
  const body = file.readChecked(offset, prefix + entriesLength + 4, structure);
  body.expectSignature('FHIB');
  body.skip(prefix - 4);
  return body.sub(entriesLength, structure);
}
