import { verifyChecksum } from '../../chunking/format/checksum.js';
import { Cursor, type FieldSizes } from '../../chunking/format/cursor.js';
import { lookup3 } from '../../chunking/format/lookup3.js';
import { CorruptFileError } from '../../errors.js';
import type { FileStructures } from '../../storage/h5.js';

/** The structures of a file that are about to change, by absolute offsets. */
export interface Structures extends FieldSizes {
  /** Absolute offset of the root group's object header. */
  readonly root: number;
  /** A cursor over a copy of the bytes; `structure` names them in messages. */
  read(offset: number, length: number, structure: string): Cursor;
  /** As `read`, for a block whose last 4 bytes are its checksum, which is verified and left out. */
  readChecked(offset: number, length: number, structure: string): Cursor;
  write(offset: number, bytes: Uint8Array): void;
  /** Writes a block, and behind it its checksum. */
  writeChecked(offset: number, bytes: Uint8Array): void;
}

const CHECKSUM = 4;

export function structuresOf(source: FileStructures): Structures {
  const { file, base, root } = source;
  const fields: FieldSizes = { offsetSize: 8, lengthSize: 8, base };
  const bytesAt = (offset: number, length: number, structure: string): Uint8Array => {
    // A damaged length must not be allocated before it is known to be there.
    const end = offset + length;
    const isThere = Number.isSafeInteger(end) && source.read(end - 1, 1).length === 1;
    const bytes = isThere || length === 0 ? source.read(offset, length) : new Uint8Array(0);
    if (bytes.length === length) return bytes;
    throw new CorruptFileError(`Expected ${length} bytes, but the file ends before`, {
      place: { file, structure, offset },
    });
  };
  return {
    ...fields,
    root,
    read: (offset, length, structure) =>
      new Cursor(bytesAt(offset, length, structure), offset, fields, { file, structure }),
    readChecked: (offset, length, structure) => {
      const place = { file, structure, offset };
      const bytes = verifyChecksum(bytesAt(offset, length, structure), place);
      return new Cursor(bytes, offset, fields, { file, structure });
    },
    write: (offset, bytes) => {
      source.write(offset, bytes);
    },
    writeChecked: (offset, bytes) => {
      const block = new Uint8Array(bytes.length + CHECKSUM);
      block.set(bytes);
      new DataView(block.buffer).setUint32(bytes.length, lookup3(bytes), true);
      source.write(offset, block);
    },
  };
}

/** Puts a number of 8 bytes into `bytes`; `UNDEFINED` sets all bits. */
export function putU64(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(
    at,
    BigInt.asUintN(64, BigInt(value)),
    true,
  );
}

/** As C's `strcmp`: by unsigned bytes; below 0 where `a` comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    if (a[at] !== b[at]) return a[at]! - b[at]!;
  }
  return a.length - b.length;
}
