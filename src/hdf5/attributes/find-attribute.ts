import { UNDEFINED, type Cursor } from '../../chunking/format/cursor.js';
import { lookup3 } from '../../chunking/format/lookup3.js';
import { CorruptFileError, UnsupportedByLibraryError } from '../../errors.js';
import type { FileStructures } from '../../storage/h5.js';
import {
  findPlacedMessage,
  isShared,
  readPlacedHeader,
  writeMessage,
  type PlacedMessage,
} from '../links/header-messages.js';
import { findRecord } from '../links/record-tree.js';
import { compareBytes, structuresOf, type Structures } from '../links/structures.js';
import { parseAttributeMessage } from './attribute-message.js';
import { heapMessage } from './heap-message.js';
import type { StoredMessage } from './stored-message.js';

/**
 * The Attribute message of an object's attribute in a closed file: in the object's header or, if the
 * object has many or large ones, in a fractal heap ("dense storage").
 *
 * Source: HDF5 File Format Specification, "The Attribute Info Message", "Version 2 B-trees" (record
 * type 8); libhdf5, `H5A__dense_btree2_name_compare`.
 *
 * @param headerAddress of the object's header, from HDF5's address 0 on
 * @throws CorruptFileError when it isn't there; UnsupportedByLibraryError when objects share it
 */
export function findAttribute(
  source: FileStructures,
  headerAddress: number,
  name: string,
): StoredMessage {
  const file = structuresOf(source);
  const wanted = new TextEncoder().encode(name);
  const header = readPlacedHeader(file, file.base + headerAddress);
  for (const message of header.messages) {
    if (message.type !== ATTRIBUTE) continue;
    if (isShared(message)) throw sharedAttribute();
    const { bytes } = message.body;
    if (compareBytes(parseAttributeMessage(bytes).name, wanted) === 0) {
      return { body: bytes.slice(), replace: replacer(file, message) };
    }
  }
  const info = findPlacedMessage(header, ATTRIBUTE_INFO);
  const dense = info === undefined ? undefined : findDense(file, info.body, wanted);
  if (dense !== undefined) return dense;
  throw new CorruptFileError(`Expected the attribute '${name}' in its object's header`, {
    place: { file: source.file, structure: 'object header', offset: header.offset },
  });
}

const ATTRIBUTE = 0x0c;
const ATTRIBUTE_INFO = 0x15;
const SHARED = 0x02;
const HEAP_ID = 8;
const BY_NAME = { type: 8, recordLength: HEAP_ID + 1 + 4 + 4 };

function replacer(file: Structures, message: PlacedMessage): (body: Uint8Array) => void {
  return (body) => {
    const { bytes } = message.body;
    // What is left over ends the message, as in headers of version 1, which pad them.
    bytes.fill(0, body.length).set(body);
    writeMessage(file, message);
  };
}

function findDense(file: Structures, info: Cursor, wanted: Uint8Array): StoredMessage | undefined {
  const cursor = info.renamed('attribute info message');
  cursor.version(0);
  const hasOrder = (cursor.u8() & 0x01) !== 0;
  if (hasOrder) cursor.skip(2);
  const [heap, names] = [cursor.address(), cursor.address()];
  if (heap === UNDEFINED || names === UNDEFINED) return undefined;
  const hash = lookup3(wanted);
  const record = findRecord(file, { ...BY_NAME, address: names }, (candidate) => {
    const message = candidate.renamed('attribute name record');
    candidate.skip(HEAP_ID);
    if ((candidate.u8() & SHARED) !== 0) throw sharedAttribute();
    candidate.skip(4); // creation order
    const difference = candidate.u32() - hash;
    if (difference !== 0) return difference;
    const { name } = parseAttributeMessage(heapMessage(file, heap, message).body);
    return compareBytes(name, wanted);
  });
  return record === undefined ? undefined : heapMessage(file, heap, record);
}

function sharedAttribute(): UnsupportedByLibraryError {
  return new UnsupportedByLibraryError('changing an attribute that objects share');
}
