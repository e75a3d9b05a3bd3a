import {
  findPlacedMessage,
  readPlacedHeader,
  removeMessage,
  writeMessage,
} from './header-messages.js';
import type { Structures } from './structures.js';

const REFERENCE_COUNT = 0x16;

/**
 * Counts one hard link less to the object whose header lies at `offset`. That of an object which
 * had one only stays: nothing leads to it any more.
 *
 * Source: HDF5 File Format Specification, "Version 1 Data Object Header Prefix" and "The Object
 * Reference Count Message" (version 2; without one the count is 1).
 */
export function countLinkLess(file: Structures, offset: number): void {
  const header = readPlacedHeader(file, offset);
  if (header.version === 1) {
    const count = file.read(offset + 4, 4, 'object header').u32();
    if (count > 1) file.write(offset + 4, u32(count - 1));
    return;
  }
  const message = findPlacedMessage(header, REFERENCE_COUNT);
  if (message === undefined) return;
  message.body.version(0);
  const count = message.body.u32();
  if (count > 2) {
    message.body.bytes.set(u32(count - 1), 1);
    writeMessage(file, message);
  } else {
    removeMessage(file, message);
  }
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
