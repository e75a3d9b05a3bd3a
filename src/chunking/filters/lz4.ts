import { damaged, type Filter } from './filter.js';
import { decompressLz4 } from './lz4-block.js';

const HEADER = 12;
const BLOCK_HEADER = 4;
const DEFAULT_BLOCK = 2 ** 30;
/** Each further byte of a match's length counts up to 255. */
export const LZ4_EXPANSION = 255;

/**
 * Filter 32004: the length of all, the length of a block, then each block with its stored length,
 * all big-endian; a block that didn't become shorter is stored as it was.
 * Source: The HDF Group, "HDF5 LZ4 filter" (HDF5_LZ4.pdf) and hdf5_plugins, `H5Zlz4.c`.
 *
 * @param clientData `[bytes of a block]`; 0 or none: 1 GiB
 */
export function lz4Filter(clientData: readonly number[]): Filter {
  const usualBlock =
    clientData[0] === undefined || clientData[0] === 0 ? DEFAULT_BLOCK : clientData[0];
  return {
    decode,
    encodedBound: (length) => HEADER + lz4Bound(length, Math.ceil(length / usualBlock)),
    expansion: LZ4_EXPANSION,
  };
}

/** The most bytes of `blocks` LZ4 blocks, with the length before each, that hold `length` bytes. */
export function lz4Bound(length: number, blocks: number): number {
  return length + Math.ceil(length / 255) + blocks * (BLOCK_HEADER + 16);
}

/** What stands before the blocks, as in bitshuffle. */
export interface BlockHeader {
  /** Bytes of all blocks when decompressed. */
  readonly total: number;
  /** Bytes of a block when decompressed, but the last. */
  readonly block: number;
  /** Where the first block begins. */
  readonly end: number;
}

/** Reads it. @throws CorruptFileError when it is cut or tells of more than `maxLength` bytes. */
export function readBlockHeader(bytes: Uint8Array, maxLength: number, filter: string): BlockHeader {
  if (bytes.length < HEADER) throw damaged(filter, `Expected a header of ${HEADER} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
  const total = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  if (total > maxLength) {
    throw damaged(filter, `Expected at most ${maxLength} bytes when decoded, got ${total}`);
  }
  return { total, block: view.getUint32(8), end: HEADER };
}

/** Where a block's stored bytes lie. @throws CorruptFileError when they aren't all there. */
export function blockAt(
  bytes: Uint8Array,
  at: number,
  filter: string,
): { readonly start: number; readonly end: number } {
  const start = at + BLOCK_HEADER;
  if (start > bytes.length) throw damaged(filter, 'Expected the length of a block');
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK_HEADER).getUint32(0);
  if (length > bytes.length - start) {
    throw damaged(filter, `Expected a block of ${length} bytes, got ${bytes.length - start}`);
  }
  return { start, end: start + length };
}

function decode(bytes: Uint8Array, maxLength: number): Uint8Array {
  const header = readBlockHeader(bytes, maxLength, FILTER);
  const { total } = header;
  const block = Math.min(header.block, total);
  if (block === 0 && total > 0) throw damaged(FILTER, 'Expected blocks of at least a byte');
  const out = new Uint8Array(total);
  let at = header.end;
  for (let write = 0; write < total;) {
    const outEnd = Math.min(write + block, total);
    const { start, end } = blockAt(bytes, at, FILTER);
    if (end - start === outEnd - write) out.set(bytes.subarray(start, end), write);
    else decompressLz4({ bytes, start, end }, { bytes: out, start: write, end: outEnd });
    at = end;
    write = outEnd;
  }
  return out;
}

const FILTER = 'lz4 filter';
