import { UNDEFINED, type Cursor } from './cursor.js';
import type { Hdf5File } from './hdf5-file.js';

/** Message numbers, as the specification lists them. */
export const MessageType = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFillValue: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  dataLayout: 0x08,
  filterPipeline: 0x0b,
  continuation: 0x10,
  symbolTable: 0x11,
  driverInfo: 0x14,
  cacheImage: 0x18,
} as const;

const LAST_KNOWN_TYPE = 0x18;
/** Reserved, and unknown to the library as built for use. */
const BOGUS_TYPE = 0x09;
const FAIL_IF_UNKNOWN = 0x80;

/** One header message; `body` makes a fresh cursor over it. */
export interface Message {
  readonly type: number;
  /** The body is a reference to where the message lies ("shared message"). */
  readonly shared: boolean;
  readonly body: (structure: string) => Cursor;
}

export interface ObjectHeader {
  /** Absolute file offset. */
  readonly offset: number;
  readonly messages: readonly Message[];
}

interface Block {
  readonly offset: number;
  readonly length: number;
}

interface MessageFormat {
  readonly version: 1 | 2;
  readonly headerLength: number;
}

/**
 * Reads an object header of version 1 or 2 with all its continuation blocks.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 2A - Data Object Headers".
 */
export async function readObjectHeader(file: Hdf5File, offset: number): Promise<ObjectHeader> {
  const prefix = await file.read(offset, 1, 'object header');
  const isVersion1 = prefix.u8() === 1;
  const messages: Message[] = [];
  const { format, first } = isVersion1
    ? await readPrefix1(file, offset)
    : await readPrefix2(file, offset);
  let continuations = readMessages(first, format, messages);
  const seen = new Set<number>([offset]);
  let total = 0;
  while (continuations.length > 0) {
    const next: Block[] = [];
    for (const block of continuations) {
      total += block.length;
      if (seen.has(block.offset) || total > file.size) {
        throw first.fail(`Expected each continuation block once, but ${block.offset} comes again`);
      }
      seen.add(block.offset);
      next.push(...readMessages(await readContinuation(file, block, format), format, messages));
    }
    continuations = next;
  }
  return { offset, messages };
}

/** The first message of a type, if there is one. */
export function findMessage(header: ObjectHeader, type: number): Message | undefined {
  return header.messages.find((message) => message.type === type);
}

async function readPrefix1(
  file: Hdf5File,
  offset: number,
): Promise<{ format: MessageFormat; first: Cursor }> {
  const prefix = await file.read(offset, 16, 'object header');
  prefix.skip(1 + 1 + 2 + 4); // version, reserved, number of messages, reference count
  const length = prefix.u32();
  const first = await file.read(offset + 16, length, 'object header');
  return { format: { version: 1, headerLength: 8 }, first };
}

async function readPrefix2(
  file: Hdf5File,
  offset: number,
): Promise<{ format: MessageFormat; first: Cursor }> {
  const start = await file.read(offset, 6, 'object header');
  start.expectSignature('OHDR');
  start.version(2);
  const flags = start.u8();
  const sizeBytes = 1 << (flags & 0x03);
  const prefixLength = 6 + ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
  const size = await file.read(offset + prefixLength, sizeBytes, 'object header');
  const total = prefixLength + sizeBytes + size.unsigned(sizeBytes) + 4;
  const first = await file.readChecked(offset, total, 'object header');
  first.skip(prefixLength + sizeBytes);
  return { format: { version: 2, headerLength: (flags & 0x04) !== 0 ? 6 : 4 }, first };
}

async function readContinuation(
  file: Hdf5File,
  block: Block,
  format: MessageFormat,
): Promise<Cursor> {
  const structure = 'object header continuation';
  if (format.version === 1) return file.read(block.offset, block.length, structure);
  const cursor = await file.readChecked(block.offset, block.length, structure);
  cursor.expectSignature('OCHK');
  return cursor;
}

/** Appends a block's messages to `into` and returns the continuations they name. */
function readMessages(cursor: Cursor, format: MessageFormat, into: Message[]): Block[] {
  const continuations: Block[] = [];
  // Fewer bytes than a message's header are a gap.
  while (cursor.remaining >= format.headerLength) {
    const type = format.version === 1 ? cursor.u16() : cursor.u8();
    const length = cursor.u16();
    const flags = cursor.u8();
    cursor.skip(format.headerLength - (format.version === 1 ? 5 : 4));
    const isKnown = type <= LAST_KNOWN_TYPE && type !== BOGUS_TYPE;
    if (!isKnown && (flags & FAIL_IF_UNKNOWN) !== 0) {
      throw cursor.unsupported(`header messages of type ${type}`);
    }
    const body = cursor.sub(length, 'header message');
    if (type === MessageType.continuation) {
      const block = { offset: body.address(), length: body.length() };
      if (block.offset === UNDEFINED) throw body.fail('Expected the address of a continuation');
      continuations.push(block);
      continue;
    }
    into.push({
      type,
      shared: (flags & 0x02) !== 0,
      body: (structure) => body.renamed(structure),
    });
  }
  return continuations;
}
