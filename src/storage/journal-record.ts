import { createHash } from 'node:crypto';

/** One commit, as the journal keeps it: enough to carry it out, any number of times. */
export interface JournalRecord {
  /** 1 for the first commit of a session, then one more each. */
  readonly sequence: number;
  /** The file's bytes before and after the commit. */
  readonly oldEnd: number;
  readonly newEnd: number;
  /** Absolute offset of the superblock. */
  readonly superblockAt: number;
  /** The superblock before and after: by them a journal is known to be this file's. */
  readonly oldSuperblock: Uint8Array;
  readonly newSuperblock: Uint8Array;
  /** Bytes that were cut off and came back: zeros, unless an extent says otherwise. */
  readonly zeros: { readonly from: number; readonly to: number };
  readonly extents: readonly Extent[];
}

/** Bytes, and where in the file they belong. */
export interface Extent {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * A record as bytes, all numbers little-endian: signature (16), SHA-256 of all that follows (32),
 * length of the record, sequence, old end, new end, zeros from and to, offset of the superblock,
 * lengths of the superblocks, number of extents (8 each); the superblocks; position and length of
 * each extent; their bytes.
 */
export function encodeRecord(record: JournalRecord): Uint8Array {
  const { oldSuperblock, newSuperblock, extents, zeros } = record;
  const tableAt = headerLength + oldSuperblock.length + newSuperblock.length;
  const bytesAt = tableAt + 16 * extents.length;
  const length = extents.reduce((sum, { bytes }) => sum + bytes.length, bytesAt);
  const encoded = new Uint8Array(length);
  const view = new DataView(encoded.buffer);
  const put = (at: number, value: number): void => {
    view.setBigUint64(at, BigInt(value), true);
  };
  encoded.set(signature);
  [
    length,
    record.sequence,
    record.oldEnd,
    record.newEnd,
    zeros.from,
    zeros.to,
    record.superblockAt,
    oldSuperblock.length,
    newSuperblock.length,
    extents.length,
  ].forEach((value, n) => {
    put(numbersAt + 8 * n, value);
  });
  encoded.set(oldSuperblock, headerLength);
  encoded.set(newSuperblock, headerLength + oldSuperblock.length);
  let at = bytesAt;
  extents.forEach(({ position, bytes }, n) => {
    put(tableAt + 16 * n, position);
    put(tableAt + 16 * n + 8, bytes.length);
    encoded.set(bytes, at);
    at += bytes.length;
  });
  encoded.set(digestOf(encoded), signature.length);
  return encoded;
}

/**
 * The record that a journal begins with; `undefined` when it isn't whole, which is how a crash
 * leaves one that was being written. What follows it is left over from a longer one.
 */
export function decodeRecord(encoded: Uint8Array): JournalRecord | undefined {
  if (encoded.length < headerLength || !hasSignature(encoded)) return undefined;
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const number = (at: number): number => Number(view.getBigUint64(at, true));
  const length = number(numbersAt);
  if (length < headerLength || length > encoded.length) return undefined;
  const record = encoded.subarray(0, length);
  const digest = record.subarray(signature.length, numbersAt);
  if (!digestOf(record).equals(digest)) return undefined;

  // From here on it is what `encodeRecord` made.
  const [sequence, oldEnd, newEnd, from, to, superblockAt, oldLength, newLength, count] =
    Array.from({ length: 9 }, (_, n) => number(numbersAt + 8 + 8 * n)) as Numbers;
  const tableAt = headerLength + oldLength + newLength;
  let at = tableAt + 16 * count;
  const extents = Array.from({ length: count }, (_, n): Extent => {
    const bytes = record.subarray(at, at + number(tableAt + 16 * n + 8));
    at += bytes.length;
    return { position: number(tableAt + 16 * n), bytes };
  });
  return {
    sequence,
    oldEnd,
    newEnd,
    superblockAt,
    oldSuperblock: record.subarray(headerLength, headerLength + oldLength),
    newSuperblock: record.subarray(headerLength + oldLength, tableAt),
    zeros: { from, to },
    extents,
  };
}

/** Whether a file is a journal of ours, or one whose first bytes never reached the disk. */
export function mayBeJournal(encoded: Uint8Array): boolean {
  return hasSignature(encoded) || encoded.subarray(0, sector).every((byte) => byte === 0);
}

type Numbers = [number, number, number, number, number, number, number, number, number];

const signature = Buffer.from('planefeed jrnl 1', 'latin1');
const numbersAt = 48;
const headerLength = numbersAt + 80;
/** What a disk writes wholly or not at all. */
const sector = 512;

function hasSignature(encoded: Uint8Array): boolean {
  return signature.every((byte, at) => encoded[at] === byte);
}

function digestOf(record: Uint8Array): Buffer {
  return createHash('sha256').update(record.subarray(numbersAt)).digest();
}
