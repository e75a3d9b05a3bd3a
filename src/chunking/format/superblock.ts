import { CorruptFileError, UnsupportedLayoutError } from '../../errors.js';
import { verifyChecksum } from './checksum.js';
import { Cursor, UNDEFINED, type FieldSizes } from './cursor.js';
import type { MetadataReader } from './metadata-reader.js';
import { SPLIT_FILE } from './superblock-extension.js';

/** What the rest of the file is read by. */
export interface Superblock extends FieldSizes {
  /** Absolute file offset of the root group's object header. */
  readonly root: number;
  /** Absolute file offset of the superblock extension's object header, or `UNDEFINED`. */
  readonly extension: number;
}

const SIGNATURE = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
const STRUCTURE = 'superblock';
const WRITING = 0x01 | 0x04;

/**
 * Reads the superblock, versions 0 to 3.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 0A - Format Signature and
 * Superblock".
 */
export async function readSuperblock(
  read: MetadataReader['read'],
  file: string,
  size: number,
): Promise<Superblock> {
  const start = await findSignature(read, file, size);
  const place = { file, structure: STRUCTURE, offset: start };
  // The longest superblock (version 1, 8-byte fields) with its root entry has 100 bytes.
  const bytes = await read(start, Math.min(128, size - start), STRUCTURE);
  const cursor = new Cursor(bytes, start, { offsetSize: 8, lengthSize: 8, base: start }, place);
  cursor.skip(SIGNATURE.length);
  const version = cursor.version(0, 1, 2, 3);
  if (version < 2) return readVersion01(cursor, version, start, size);
  const [offsetSize, lengthSize] = fieldSizes(cursor);
  const blockLength = 16 + 4 * offsetSize;
  if (blockLength > bytes.length) throw cursor.fail('Expected a whole superblock');
  const body = verifyChecksum(bytes.subarray(0, blockLength), place);
  const flags = cursor.u8();
  if (version === 3 && (flags & WRITING) !== 0) {
    throw new UnsupportedLayoutError('a file that is marked as open for writing', {
      place,
      advice:
        'Close its writer first; if the writer was killed, h5clear from the HDF5 tools removes the mark',
    });
  }
  const fields = new Cursor(body, start, { offsetSize, lengthSize, base: start }, place);
  fields.skip(12);
  const base = storedBase(fields);
  const extension = fields.address();
  checkEnd(fields, base, start, size);
  return { offsetSize, lengthSize, base: start, extension, root: rootAddress(fields) };
}

async function findSignature(
  read: MetadataReader['read'],
  file: string,
  size: number,
): Promise<number> {
  for (let at = 0; at + SIGNATURE.length <= size; at = at === 0 ? 512 : at * 2) {
    const bytes = await read(at, SIGNATURE.length, STRUCTURE);
    if (SIGNATURE.every((byte, i) => byte === bytes[i])) return at;
  }
  throw new CorruptFileError('Expected an HDF5 file, but found no HDF5 signature', {
    place: { file, structure: STRUCTURE },
  });
}

function readVersion01(cursor: Cursor, version: number, start: number, size: number): Superblock {
  cursor.skip(4); // versions of free space, root group and shared header; reserved
  const [offsetSize, lengthSize] = fieldSizes(cursor);
  const sizes = { offsetSize, lengthSize, base: start };
  const body = cursor.withFields(sizes);
  body.skip(1 + 2 + 2 + 4 + (version === 1 ? 4 : 0)); // reserved, B-tree K's, flags, chunk B-tree K
  const base = storedBase(body);
  body.skip(offsetSize); // free-space index: not used by any version of the library
  checkEnd(body, base, start, size);
  if (body.address() !== UNDEFINED) {
    throw body.unsupported(SPLIT_FILE);
  }
  body.skip(lengthSize); // the root group's name
  return { ...sizes, root: rootAddress(body), extension: UNDEFINED };
}

function fieldSizes(cursor: Cursor): [offsetSize: number, lengthSize: number] {
  const sizes: [number, number] = [cursor.u8(), cursor.u8()];
  for (const size of sizes) {
    if (size !== 2 && size !== 4 && size !== 8) {
      throw cursor.fail(`Expected offsets and lengths of 2, 4 or 8 bytes, got ${sizes.join(', ')}`);
    }
  }
  return sizes;
}

/** The base address as written, which a user block added or removed later makes wrong. */
function storedBase(cursor: Cursor): number {
  return cursor.unsigned(cursor.fields.offsetSize);
}

function checkEnd(cursor: Cursor, base: number, start: number, size: number): void {
  const stored = cursor.unsigned(cursor.fields.offsetSize);
  // As libhdf5 does: where the superblock was found is the base address; the end moves along.
  const end = stored + start - base;
  if (end > size) {
    throw cursor.fail(`Expected a file of ${end} bytes, but it has ${size}: it is truncated`);
  }
}

function rootAddress(cursor: Cursor): number {
  const root = cursor.address();
  if (root === UNDEFINED) throw cursor.fail('Expected the address of the root group');
  return root;
}
