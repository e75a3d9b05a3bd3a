import { BtreeV2Type, encodedBytes, readBtreeV2, type BtreeV2 } from './btree-v2.js';
import { findBtreeV2Records } from './btree-v2-search.js';
import { expectChecksum } from './checksum.js';
import { UNDEFINED, type Cursor } from './cursor.js';
import { findInDoublingTable, parseDoublingTable, type DoublingTable } from './doubling-table.js';
import type { Hdf5File } from './hdf5-file.js';
import { lookup3 } from './lookup3.js';

/** A heap of objects of any length, each found by its heap ID. */
export interface FractalHeap {
  /** Bytes of a heap ID. */
  readonly idLength: number;
  /**
   * The object of a heap ID: `id` stands at its first byte. `structure` names the object in messages.
   *
   * @throws CorruptFileError when the ID leads nowhere.
   */
  readonly read: (id: Cursor, structure: string) => Promise<Cursor>;
}

export interface HeapHeader {
  readonly address: number;
  readonly idLength: number;
  readonly checksums: boolean;
  readonly hugeTree: number;
  readonly table: DoublingTable;
  readonly lengthBytes: number;
}

const MANAGED = 0;
const HUGE = 1;
const TINY = 2;
/** The longest ID whose tiny objects have their length in one byte. */
const SHORT_ID = 17;

/**
 * Reads a heap's header. Its blocks are read when first needed and then kept.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 1G - Fractal Heap".
 *
 * @throws UnsupportedLayoutError when the heap's blocks are filtered.
 */
export async function openFractalHeap(file: Hdf5File, address: number): Promise<FractalHeap> {
  const header = await readHeader(file, address);
  const { table } = header;
  const blocks = new Map<number, Promise<Cursor>>();
  let bytesRead = 0;
  let hugeTree: Promise<BtreeV2> | undefined;

  /** Each block once; if all are larger than the file, some must overlap. */
  function block(offset: number, length: number, isDirect: boolean): Promise<Cursor> {
    let reading = blocks.get(offset);
    if (reading === undefined) {
      reading = isDirect
        ? readDirectBlock(file, header, offset, length)
        : readIndirectBlock(file, header, offset, length);
      bytesRead += length;
      reading = reading.then((cursor) => {
        if (bytesRead <= file.size) return cursor;
        throw cursor.fail("Expected the heap's blocks not to overlap");
      });
      blocks.set(offset, reading);
    }
    return reading;
  }

  async function readManaged(id: Cursor, structure: string): Promise<Cursor> {
    const offset = id.unsigned(table.offsetBytes);
    const length = id.unsigned(header.lengthBytes);
    const found = await findInDoublingTable(file, table, offset, (at, size) =>
      block(at, size, false),
    );
    if (found === null) throw id.fail(`Expected an object in the heap, got offset ${offset}`);
    const direct = (await block(found.address, found.size, true)).renamed(structure);
    const prefix = directPrefix(file, header);
    if (found.offset < prefix) throw id.fail(`Expected an object in the heap, got ${offset}`);
    direct.skip(found.offset);
    return direct.sub(length, structure);
  }

  async function readHuge(id: Cursor, structure: string): Promise<Cursor> {
    const { offsetSize, lengthSize } = file;
    if (header.idLength - 1 >= offsetSize + lengthSize) {
      const offset = id.address();
      return readObject(file, id, offset, id.length(), structure);
    }
    if (header.hugeTree === UNDEFINED) throw id.fail('Expected a heap that has huge objects');
    const key = id.unsigned(Math.min(lengthSize, header.idLength - 1));
    const recordLength = offsetSize + 2 * lengthSize;
    hugeTree ??= readBtreeV2(file, header.hugeTree, BtreeV2Type.hugeObjects, recordLength);
    const [record] = await findBtreeV2Records(
      file,
      await hugeTree,
      BtreeV2Type.hugeObjects,
      (candidate) => {
        candidate.skip(offsetSize + lengthSize);
        return candidate.length() - key;
      },
    );
    if (record === undefined) throw id.fail(`Expected a huge object of the heap, got ${key}`);
    const offset = record.address();
    return readObject(file, id, offset, record.length(), structure);
  }

  return {
    idLength: header.idLength,
    read(id, structure) {
      const first = id.u8();
      if (first >> 6 !== 0) throw id.fail(`Expected a heap ID of version 0, got ${first >> 6}`);
      const type = (first >> 4) & 0x03;
      if (type === MANAGED) return readManaged(id, structure);
      if (type === HUGE) return readHuge(id, structure);
      if (type !== TINY) throw id.fail(`Expected a heap ID of type 0 to 2, got ${type}`);
      const low = header.idLength > SHORT_ID ? id.u8() : 0;
      const length = header.idLength > SHORT_ID ? ((first & 0x0f) << 8) | low : first & 0x0f;
      return Promise.resolve(id.sub(length + 1, structure));
    },
  };
}

async function readHeader(file: Hdf5File, address: number): Promise<HeapHeader> {
  const { offsetSize, lengthSize } = file;
  const structure = 'fractal heap header';
  const prefix = await file.read(address, 9, structure);
  prefix.skip(7);
  const filterLength = prefix.u16();
  const length = 26 + 12 * lengthSize + 3 * offsetSize;
  const filtered = filterLength > 0 ? lengthSize + 4 + filterLength : 0;
  return parseHeapHeader(await file.readChecked(address, length + filtered, structure), address);
}

/** @throws UnsupportedLayoutError when the heap's blocks are filtered. */
export function parseHeapHeader(header: Cursor, address: number): HeapHeader {
  const { offsetSize, lengthSize } = header.fields;
  header.expectSignature('FRHP');
  header.version(0);
  const idLength = header.u16();
  const filterLength = header.u16();
  const flags = header.u8();
  const largestManaged = header.u32();
  header.skip(lengthSize); // next huge object's ID
  const hugeTree = header.address();
  header.skip(lengthSize + offsetSize + 8 * lengthSize); // free space and statistics
  const table = parseDoublingTable(header);
  if (filterLength > 0) throw header.unsupported('a fractal heap with filters');
  return {
    address,
    idLength,
    checksums: (flags & 0x02) !== 0,
    hugeTree,
    table,
    lengthBytes: Math.min(encodedBytes(table.largestDirect), encodedBytes(largestManaged)),
  };
}

function readObject(
  file: Hdf5File,
  id: Cursor,
  offset: number,
  length: number,
  structure: string,
): Promise<Cursor> {
  if (offset === UNDEFINED) throw id.fail("Expected a huge object's address");
  return file.read(offset, length, structure);
}

async function readIndirectBlock(
  file: Hdf5File,
  header: HeapHeader,
  offset: number,
  entriesLength: number,
): Promise<Cursor> {
  const structure = 'fractal heap indirect block';
  const length = 5 + file.offsetSize + header.table.offsetBytes + entriesLength + 4;
  const body = await file.readChecked(offset, length, structure);
  body.expectSignature('FHIB');
  body.version(0);
  expectOwner(body, header);
  body.skip(header.table.offsetBytes);
  return body.sub(entriesLength, structure);
}

/** The whole block: objects are found by their offset from its start. */
async function readDirectBlock(
  file: Hdf5File,
  header: HeapHeader,
  offset: number,
  length: number,
): Promise<Cursor> {
  const structure = 'fractal heap direct block';
  const body = await file.read(offset, length, structure);
  const prefix = directPrefix(file, header);
  if (length < prefix)
    throw body.fail(`Expected a block of ${prefix} bytes or more, got ${length}`);
  if (header.checksums) {
    // The checksum stands behind the prefix, and counts as zero in itself.
    // A copy, as slice() would not be of what a source gives as a Node Buffer.
    const block = new Uint8Array(body.bytes);
    const checksum = new DataView(block.buffer, prefix - 4, 4);
    const stored = checksum.getUint32(0, true);
    checksum.setUint32(0, 0, true);
    expectChecksum(stored, lookup3(block), { ...file.place, structure, offset });
  }
  body.expectSignature('FHDB');
  body.version(0);
  expectOwner(body, header);
  return body;
}

function expectOwner(body: Cursor, header: HeapHeader): void {
  const owner = body.address();
  if (owner === header.address) return;
  throw body.fail(`Expected a block of the heap at ${header.address}, got one of that at ${owner}`);
}

function directPrefix(file: Hdf5File, { table, checksums }: HeapHeader): number {
  return 5 + file.offsetSize + table.offsetBytes + (checksums ? 4 : 0);
}
