import { CorruptFileError, type ErrorPlace } from '../../errors.js';
import { lookup3 } from './lookup3.js';

/** The block without the lookup3 checksum in its last 4 bytes, which must be right. */
export function verifyChecksum(block: Uint8Array, place: ErrorPlace): Uint8Array {
  const end = block.length - 4;
  if (end < 0) throw new CorruptFileError('Expected a checksum of 4 bytes', { place });
  const stored = new DataView(block.buffer, block.byteOffset + end, 4).getUint32(0, true);
  expectChecksum(stored, lookup3(block, 0, end), place);
  return block.subarray(0, end);
}

export function expectChecksum(stored: number, computed: number, place: ErrorPlace): void {
  if (stored === computed) return;
  throw new CorruptFileError(
    `Expected the checksum ${hex(stored)}, but the bytes give ${hex(computed)}`,
    { place, advice: 'The file is damaged here' },
  );
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
