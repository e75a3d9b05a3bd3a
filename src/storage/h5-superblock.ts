import { lookup3 } from './lookup3.js';

/** The superblock as it stands in the file, and what the journal has to know of it. */
export interface SuperblockImage {
  /** Absolute offset in the file: after the user block. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Absolute offset of the file's end, as the superblock has it. */
  readonly end: number;
}

type Read = (into: Uint8Array, position: number) => number;

/**
 * Finds the superblock (versions 0 to 3), `undefined` when there is none that can be read.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 0A - Format Signature and
 * Superblock".
 *
 * @param size bytes in the file
 */
export function findSuperblock(read: Read, size: number): SuperblockImage | undefined {
  for (
    let offset = 0;
    offset + signature.length <= size;
    offset = offset === 0 ? 512 : offset * 2
  ) {
    const start = new Uint8Array(longest);
    const count = read(start, offset);
    if (!signature.every((byte, at) => start[at] === byte)) continue;
    return parse(start.subarray(0, count), offset);
  }
  return undefined;
}

/**
 * The same superblock without the marks of an open file (versions 2 and 3), so that a reader takes
 * the file for what it is: complete.
 */
export function withoutMarks(bytes: Uint8Array): Uint8Array {
  const version = bytes[8]!;
  if (version < 2) return bytes;
  const cleared = bytes.slice();
  cleared[flagsAt] = 0;
  const checksumAt = cleared.length - 4;
  const view = new DataView(cleared.buffer, cleared.byteOffset, cleared.byteLength);
  view.setUint32(checksumAt, lookup3(cleared, 0, checksumAt), true);
  return cleared;
}

const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** Version 1 with fields of 8 bytes and the root group's entry. */
const longest = 100;
const flagsAt = 11;

function parse(bytes: Uint8Array, offset: number): SuperblockImage | undefined {
  const version = bytes[8]!;
  if (version > 3) return undefined;
  const fieldSize = bytes[version < 2 ? 13 : 9]!;
  if (fieldSize !== 2 && fieldSize !== 4 && fieldSize !== 8) return undefined;
  const fieldsAt = [24, 28, 12, 12][version]!;
  // Versions 0 and 1 end with the root group's symbol table entry, 2 and 3 with a checksum.
  const length = fieldsAt + 4 * fieldSize + (version < 2 ? 2 * fieldSize + 24 : 4);
  if (length > bytes.length) return undefined;
  const field = (number: number): number => {
    let value = 0;
    for (let at = fieldSize - 1; at >= 0; at--) {
      value = value * 256 + bytes[fieldsAt + number * fieldSize + at]!;
    }
    return value;
  };
  // As libhdf5 does: where the superblock was found is the base address; the end moves along.
  const end = field(2) + offset - field(0);
  return Number.isSafeInteger(end) ? { offset, bytes: bytes.slice(0, length), end } : undefined;
}
