import { BtreeV2Type } from '../../chunking/format/btree-v2.js';
import { UNDEFINED, type Cursor } from '../../chunking/format/cursor.js';
import { parseLink, parseLinkInfo } from '../../chunking/format/link.js';
import { lookup3 } from '../../chunking/format/lookup3.js';
import type { FoundLink } from './find-link.js';
import { writeMessage, type PlacedMessage } from './header-messages.js';
import { readHeapObject } from './link-heap.js';
import { compareBytes, putU64, type Structures } from './structures.js';
import { findRecord, removeRecord, type CompareRecord } from './record-tree.js';

const HASH = 4;
const HEAP_ID = 7;
const ORDER = 8;
const NAMES = { type: BtreeV2Type.linkNames, recordLength: HASH + HEAP_ID };
const ORDERS = { type: BtreeV2Type.linkOrder, recordLength: ORDER + HEAP_ID };

/**
 * Looks for a link of a "dense" group: link messages in a fractal heap, indexed by the hashes of
 * their names and, in some groups, by the order of their creation. Removing takes it out of the
 * indexes; its message stays in the heap, where nothing leads to it.
 *
 * Source: HDF5 File Format Specification, "The Link Info Message", "Version 2 B-trees", record
 * types 5 and 6; libhdf5, `H5G__dense_btree2_name_compare`.
 */
export function findInDenseGroup(
  file: Structures,
  linkInfo: PlacedMessage,
  name: string,
): FoundLink | undefined {
  const info = parseInfo(linkInfo);
  const byName = compareNames(file, info.heap, name);
  const record = findRecord(file, { ...NAMES, address: info.nameIndex }, byName);
  if (record === undefined) return undefined;
  record.skip(HASH);
  const message = readHeapObject(file, info.heap, record);
  return {
    link: parseLink(message.renamed('link message')).link,
    remove: () => {
      const left = removeRecord(file, { ...NAMES, address: info.nameIndex }, byName);
      if (info.orderIndex !== UNDEFINED) {
        const byOrder = compareOrders(creationOrder(message));
        removeRecord(file, { ...ORDERS, address: info.orderIndex }, byOrder);
      }
      if (left === 0) dropIndexes(file, linkInfo);
    },
  };
}

interface DenseInfo {
  readonly heap: number;
  readonly nameIndex: number;
  /** `UNDEFINED` unless the order of creation is indexed. */
  readonly orderIndex: number;
}

function parseInfo({ body }: PlacedMessage): DenseInfo {
  const { heap, nameIndex, message } = parseLinkInfo(body.renamed('link info message'));
  if (nameIndex === UNDEFINED) throw message.fail('Expected the address of an index of names');
  const hasOrderIndex = (body.bytes[1]! & 0x02) !== 0;
  return { heap, nameIndex, orderIndex: hasOrderIndex ? message.address() : UNDEFINED };
}

/** Records lie in the order of their hashes; where these are the same, in that of the names. */
function compareNames(file: Structures, heap: number, name: string): CompareRecord {
  const wanted = new TextEncoder().encode(name);
  const hash = lookup3(wanted);
  return (record) => {
    const difference = record.u32() - hash;
    if (difference !== 0) return difference;
    return compareBytes(nameBytes(readHeapObject(file, heap, record)), wanted);
  };
}

function compareOrders(wanted: bigint): CompareRecord {
  return (record) => {
    const order = viewOf(record.take(ORDER)).getBigInt64(0, true);
    return order < wanted ? -1 : order > wanted ? 1 : 0;
  };
}

/** Source: HDF5 File Format Specification, "The Link Message", as for the next. */
function nameBytes(message: Cursor): Uint8Array {
  const cursor = message.renamed('link message');
  cursor.version(1);
  const flags = cursor.u8();
  cursor.skip(((flags & 0x08) >> 3) + ((flags & 0x04) << 1) + ((flags & 0x10) >> 4));
  return cursor.take(cursor.unsigned(1 << (flags & 0x03)));
}

function creationOrder(message: Cursor): bigint {
  const cursor = message.renamed('link message');
  cursor.version(1);
  const flags = cursor.u8();
  if ((flags & 0x04) === 0) throw cursor.fail('Expected a link with its order of creation');
  cursor.skip((flags & 0x08) >> 3);
  return viewOf(cursor.take(ORDER)).getBigInt64(0, true);
}

/** Without links a group is "compact", as a new one. */
function dropIndexes(file: Structures, linkInfo: PlacedMessage): void {
  const { bytes } = linkInfo.body;
  const flags = bytes[1]!;
  let at = 2 + ((flags & 0x01) !== 0 ? ORDER : 0);
  for (let left = (flags & 0x02) !== 0 ? 3 : 2; left > 0; left--, at += 8)
    putU64(bytes, at, UNDEFINED);
  writeMessage(file, linkInfo);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
