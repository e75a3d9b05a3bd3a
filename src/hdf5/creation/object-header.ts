import { CorruptFileError, UnsupportedByLibraryError } from '../../errors.js';
import { verifyChecksum } from '../../chunking/format/checksum.js';
import { lookup3 } from '../../chunking/format/lookup3.js';

/** A message of an object header. */
export interface HeaderMessage {
  readonly type: number;
  /** Bit 0: constant; bit 1: shared; … */
  readonly flags: number;
  readonly body: Uint8Array;
}

/** Bytes at the start of a header in which `headerLength` finds what it needs. */
export const PREFIX_LENGTH = 34;

/**
 * Bytes of an object header's first chunk, prefix and checksum included.
 *
 * Source: HDF5 File Format Specification, "Version 2 Data Object Header Prefix".
 *
 * @param prefix the first bytes of the header
 * @throws UnsupportedByLibraryError for a header of version 1, which libraries older than 1.8, or
 *   told to write for those, write; CorruptFileError when it is no object header
 */
export function headerLength(prefix: Uint8Array): number {
  const { chunkStart, chunkSize } = parsePrefix(prefix);
  return chunkStart + chunkSize + CHECKSUM;
}

/**
 * Puts other messages into a header, which keeps its length: what they leave is filled by a NIL
 * message.
 *
 * Source: HDF5 File Format Specification, "Version 2 Data Object Header Prefix", "NIL".
 *
 * @param header the whole first chunk, `headerLength` bytes
 * @param change gets the messages, without NIL messages; returns those that shall be there
 * @returns a header of the same length, its checksum made anew
 * @throws RangeError when the messages don't fit; UnsupportedByLibraryError for a header that goes
 *   on elsewhere; CorruptFileError when the bytes aren't a sound header
 */
export function rewriteHeader(
  header: Uint8Array,
  change: (messages: readonly HeaderMessage[]) => readonly HeaderMessage[],
): Uint8Array {
  const sound = verifyChecksum(header, { structure: 'object header' });
  const { chunkStart, messageHeader } = parsePrefix(sound);
  const messages = change(readMessages(sound, chunkStart, messageHeader));
  const rewritten = header.slice();
  rewritten.fill(0, chunkStart);
  const view = new DataView(rewritten.buffer);
  let at = chunkStart;
  for (const { type, flags, body } of [...messages, ...filler(sound.length, messages)]) {
    view.setUint8(at, type);
    view.setUint16(at + 1, body.length, true);
    view.setUint8(at + 3, flags);
    rewritten.set(body, at + messageHeader);
    at += messageHeader + body.length;
  }
  view.setUint32(sound.length, lookup3(rewritten, 0, sound.length), true);
  return rewritten;

  function filler(end: number, before: readonly HeaderMessage[]): HeaderMessage[] {
    const used = before.reduce((sum, { body }) => sum + messageHeader + body.length, 0);
    const left = end - chunkStart - used;
    if (left < 0) throw new RangeError(`The messages need ${-left} bytes more than the header has`);
    // Too little for a message is a "gap", which needs nothing.
    if (left < messageHeader) return [];
    return [{ type: NIL, flags: 0, body: new Uint8Array(left - messageHeader) }];
  }
}

const NIL = 0x00;
const CONTINUATION = 0x10;
const CHECKSUM = 4;

interface Prefix {
  readonly chunkStart: number;
  readonly chunkSize: number;
  /** Bytes before a message's body. */
  readonly messageHeader: number;
}

function parsePrefix(bytes: Uint8Array): Prefix {
  if (bytes[0] === 1) {
    throw new UnsupportedByLibraryError('this kind of dataset in the format of HDF5 1.6', {
      advice: "Open the file with libver ['v110', 'v110'], the default",
    });
  }
  const flags = bytes[5] ?? 0;
  const sizeAt = 6 + ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
  const sizeBytes = 1 << (flags & 0x03);
  const chunkStart = sizeAt + sizeBytes;
  if (latin1(bytes.subarray(0, 4)) !== 'OHDR' || bytes[4] !== 2 || bytes.length < chunkStart) {
    throw new CorruptFileError('Expected an object header of version 2', {
      place: { structure: 'object header' },
    });
  }
  let chunkSize = 0;
  for (let at = chunkStart - 1; at >= sizeAt; at--) chunkSize = chunkSize * 256 + bytes[at]!;
  return { chunkStart, chunkSize, messageHeader: (flags & 0x04) !== 0 ? 6 : 4 };
}

function readMessages(bytes: Uint8Array, start: number, messageHeader: number): HeaderMessage[] {
  if (messageHeader !== 4) {
    throw new UnsupportedByLibraryError('this kind of dataset with attributes in creation order');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: HeaderMessage[] = [];
  for (let at = start; at + messageHeader <= bytes.length;) {
    const [type, flags] = [bytes[at]!, bytes[at + 3]!];
    const end = at + messageHeader + view.getUint16(at + 1, true);
    if (end > bytes.length) {
      throw new CorruptFileError('Expected header messages that end with their header', {
        place: { structure: 'object header' },
      });
    }
    if (type === CONTINUATION) {
      throw new UnsupportedByLibraryError('rewriting an object header in several pieces');
    }
    if (type !== NIL) messages.push({ type, flags, body: bytes.slice(at + messageHeader, end) });
    at = end;
  }
  return messages;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
