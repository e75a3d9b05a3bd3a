/** Finds checksums, so that a mutation can be given right ones: else they alone would refuse it. */
import { lookup3 } from '#src/chunking/format/lookup3.js';

/** A range of bytes of which 4 are its lookup3 checksum. */
export interface CheckedBlock {
  readonly start: number;
  /** The checksum counted. */
  readonly length: number;
  /** Offset in the block: of its last 4 bytes, but in a fractal heap's direct block behind the prefix. */
  readonly checksumAt: number;
}

const SIGNATURES = [
  ...['OHDR', 'OCHK', 'EAHD', 'EAIB', 'EASB', 'EADB', 'FAHD', 'FADB', '\x89HDF'],
  ...['BTHD', 'BTIN', 'BTLF', 'FRHP', 'FHIB', 'SMTB', 'SMLI', 'FSHD', 'FSSE'],
];
/** Of these a prefix has a checksum, and so has each page behind it. */
const PAGED = ['EADB', 'FADB'];
const LONGEST_BLOCK = 4096;
const LONGEST_PAGE = 16_384;
const DIRECT_SIZES = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/** The checksummed blocks of a sound file, in order. */
export function checkedBlocks(bytes: Uint8Array): CheckedBlock[] {
  const blocks: CheckedBlock[] = [];
  for (let start = 0; start + 8 <= bytes.length; start++) {
    const signature = String.fromCharCode(...bytes.subarray(start, start + 4));
    if (signature === 'FHDB') {
      const block = directBlock(bytes, start);
      if (block !== undefined) blocks.push(block);
    }
    if (!SIGNATURES.includes(signature)) continue;
    let block = blockAt(bytes, start, 12, LONGEST_BLOCK);
    if (block !== undefined) blocks.push(block);
    while (block !== undefined && PAGED.includes(signature)) {
      block = blockAt(bytes, block.start + block.length, 5, LONGEST_PAGE);
      if (block !== undefined) blocks.push(block);
    }
  }
  return blocks;
}

/** Makes the checksums right, of all blocks that are still there. */
export function fixChecksums(bytes: Uint8Array, blocks: readonly CheckedBlock[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { start, length, checksumAt } of blocks) {
    if (start + length > bytes.length) continue;
    const at = start + checksumAt;
    const isLast = checksumAt === length - 4;
    // Where it isn't last it counts as zero in itself.
    if (!isLast) view.setUint32(at, 0, true);
    view.setUint32(at, lookup3(bytes, start, isLast ? at : start + length), true);
  }
}

function blockAt(
  bytes: Uint8Array,
  start: number,
  shortest: number,
  longest: number,
): CheckedBlock | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(longest, bytes.length - start);
  for (let length = shortest; length <= end; length++) {
    const at = start + length - 4;
    if (lookup3(bytes, start, at) !== view.getUint32(at, true)) continue;
    return { start, length, checksumAt: length - 4 };
  }
  return undefined;
}

/** Its checksum stands behind an address of 2 to 8 bytes and an offset in the heap of 1 to 8. */
function directBlock(bytes: Uint8Array, start: number): CheckedBlock | undefined {
  for (const length of DIRECT_SIZES) {
    if (start + length > bytes.length) return undefined;
    for (let checksumAt = 8; checksumAt <= 21; checksumAt++) {
      const block = { start, length, checksumAt };
      if (isSound(bytes, block)) return block;
    }
  }
  return undefined;
}

function isSound(bytes: Uint8Array, block: CheckedBlock): boolean {
  const copy = Uint8Array.from(bytes.subarray(block.start, block.start + block.length));
  fixChecksums(copy, [{ ...block, start: 0 }]);
  return copy.every((byte, i) => byte === bytes[block.start + i]);
}
