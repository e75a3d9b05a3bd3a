import { UNDEFINED, type Cursor } from '../../chunking/format/cursor.js';
import { MessageType } from '../../chunking/format/object-header.js';
import type { Structures } from './structures.js';

/** An object header whose messages are known by their place, so that they can be changed. */
export interface PlacedHeader {
  readonly version: 1 | 2;
  /** Absolute offset. */
  readonly offset: number;
  readonly messages: readonly PlacedMessage[];
}

export interface PlacedMessage {
  readonly type: number;
  readonly body: Cursor;
  readonly block: HeaderBlock;
  /** From the start of the block to the message's own header. */
  readonly at: number;
  /** Bytes with its header. */
  readonly length: number;
}

/** The first part of a header, or a continuation. */
interface HeaderBlock {
  readonly version: 1 | 2;
  readonly offset: number;
  /** Without the checksum. */
  readonly bytes: Uint8Array;
  /** Bytes of a message's header. */
  readonly messageHeader: number;
  /** Where the last message ends; a few unused bytes (a "gap") may follow. */
  end: number;
}

const NIL = 0;
const SHARED = 0x02;
const LARGEST_BODY = 0xffff;

/**
 * Reads an object header of version 1 or 2 with its continuations; NIL messages are left out.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 2A - Data Object Headers".
 */
export function readPlacedHeader(file: Structures, offset: number): PlacedHeader {
  const isVersion1 = file.read(offset, 1, 'object header').u8() === 1;
  const first = isVersion1 ? readPrefix1(file, offset) : readPrefix2(file, offset);
  const messages: PlacedMessage[] = [];
  const blocks = [first];
  for (const { block, cursor } of blocks) {
    for (const { address, length } of readMessages(block, cursor, messages)) {
      if (address === UNDEFINED || blocks.some((known) => known.block.offset === address)) {
        throw cursor.fail(`Expected a continuation of the header, got ${address}`);
      }
      blocks.push(readContinuation(file, block, address, length));
    }
  }
  return { version: first.block.version, offset, messages };
}

export function findPlacedMessage(header: PlacedHeader, type: number): PlacedMessage | undefined {
  return header.messages.find((message) => message.type === type);
}

/** Whether the body only says where the message lies, which several objects then use. */
export function isShared({ block, at }: PlacedMessage): boolean {
  return (block.bytes[at + (block.version === 1 ? 4 : 3)]! & SHARED) !== 0;
}

/** Writes a message whose body's bytes have been changed in place. */
export function writeMessage(file: Structures, { block }: PlacedMessage): void {
  if (block.version === 1) file.write(block.offset, block.bytes);
  else file.writeChecked(block.offset, block.bytes);
}

/**
 * Takes a message out; the header has to be read anew after that. In a header of version 1 a NIL
 * message takes its place. In one of version 2 what follows moves up, and the NIL message comes
 * last, because HDF5 refuses a block that has both a NIL message and a gap.
 *
 * Source: HDF5 File Format Specification, "The NIL Message"; libhdf5, `H5O__chunk_deserialize`.
 */
export function removeMessage(file: Structures, message: PlacedMessage): void {
  const { block, at, length } = message;
  const { bytes, end } = block;
  if (block.version === 1) {
    // Its length stays.
    bytes.fill(0, at, at + 2);
    bytes.fill(0, at + 4, at + length);
  } else {
    bytes.copyWithin(at, at + length, end);
    putNil(block, end - length, bytes.length);
  }
  writeMessage(file, message);
}

function putNil({ bytes, messageHeader }: HeaderBlock, from: number, to: number): void {
  bytes.fill(0, from, to);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = from; at < to;) {
    // What is left has to hold a message again.
    const room = to - at - messageHeader;
    const body = room > LARGEST_BODY ? LARGEST_BODY - messageHeader : room;
    view.setUint8(at, NIL);
    view.setUint16(at + 1, body, true);
    at += messageHeader + body;
  }
}

interface OpenBlock {
  readonly block: HeaderBlock;
  /** Stands at the first message. */
  readonly cursor: Cursor;
}

function openBlock(
  cursor: Cursor,
  start: number,
  format: Pick<HeaderBlock, 'version' | 'messageHeader'>,
): OpenBlock {
  const offset = cursor.offset;
  cursor.skip(start);
  return { block: { ...format, offset, bytes: cursor.bytes, end: start }, cursor };
}

/** The block of a header of version 1 that follows its prefix. */
function readPrefix1(file: Structures, offset: number): OpenBlock {
  const prefix = file.read(offset, 16, 'object header');
  prefix.skip(1 + 1 + 2 + 4); // version, reserved, number of messages, reference count
  const first = file.read(offset + 16, prefix.u32(), 'object header');
  return openBlock(first, 0, { version: 1, messageHeader: 8 });
}

function readPrefix2(file: Structures, offset: number): OpenBlock {
  const start = file.read(offset, 6, 'object header');
  start.expectSignature('OHDR');
  start.version(2);
  const flags = start.u8();
  const sizeBytes = 1 << (flags & 0x03);
  const sizeAt = 6 + ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
  const size = file.read(offset + sizeAt, sizeBytes, 'object header').unsigned(sizeBytes);
  const length = sizeAt + sizeBytes + size;
  const first = file.readChecked(offset, length + 4, 'object header');
  const messageHeader = (flags & 0x04) !== 0 ? 6 : 4;
  return openBlock(first, sizeAt + sizeBytes, { version: 2, messageHeader });
}

function readContinuation(
  file: Structures,
  format: HeaderBlock,
  offset: number,
  length: number,
): OpenBlock {
  const structure = 'object header continuation';
  if (format.version === 1) return openBlock(file.read(offset, length, structure), 0, format);
  const cursor = file.readChecked(offset, length, structure);
  cursor.renamed(structure).expectSignature('OCHK');
  return openBlock(cursor, 4, format);
}

/** Appends a block's messages to `into` and returns the continuations they name. */
function readMessages(
  block: HeaderBlock,
  cursor: Cursor,
  into: PlacedMessage[],
): { address: number; length: number }[] {
  const continuations: { address: number; length: number }[] = [];
  while (cursor.remaining >= block.messageHeader) {
    const at = cursor.offset - block.offset;
    const type = block.version === 1 ? cursor.u16() : cursor.u8();
    const length = cursor.u16();
    cursor.skip(block.messageHeader - (block.version === 1 ? 4 : 3));
    const body = cursor.sub(length, 'header message');
    block.end = cursor.offset - block.offset;
    if (type === MessageType.continuation) {
      continuations.push({ address: body.address(), length: body.length() });
    } else if (type !== NIL) {
      into.push({ type, body, block, at, length: block.messageHeader + length });
    }
  }
  return continuations;
}
