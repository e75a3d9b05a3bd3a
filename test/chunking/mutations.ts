import { lookup3 } from '#src/chunking/format/lookup3.js';

/** A range of bytes of which 4 are its lookup3 checksum. */
export interface CheckedBlock {
  readonly start: number;
  /** The checksum counted. */
  readonly length: number;
  /** Offset in the block: of its last 4 bytes, but in a fractal heap's direct block behind the prefix. */
  readonly checksumAt: number;
}

/** Numbers from 0 up to, not including, `limit`: the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const SIGNATURES = [
  ...['OHDR', 'OCHK', 'EAHD', 'EAIB', 'EASB', 'EADB', 'FAHD', 'FADB', '\x89HDF'],
  ...['BTHD', 'BTIN', 'BTLF', 'FRHP', 'FHIB'],
];
const LONGEST_BLOCK = 2048;
/** In the heaps of groups, whose offsets have 4 bytes. */
const DIRECT_CHECKSUM_AT = 17;
const DIRECT_SIZES = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

/** Finds a sound file's checksummed blocks, so that a mutation can be given a right checksum. */
export function checkedBlocks(bytes: Uint8Array): CheckedBlock[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: CheckedBlock[] = [];
  for (let start = 0; start + 8 <= bytes.length; start++) {
    const signature = String.fromCharCode(...bytes.subarray(start, start + 4));
    if (signature === 'FHDB') {
      const block = DIRECT_SIZES.filter((length) => start + length <= bytes.length)
        .map((length) => ({ start, length, checksumAt: DIRECT_CHECKSUM_AT }))
        .find((candidate) => isSound(bytes, candidate));
      if (block !== undefined) blocks.push(block);
    }
    if (!SIGNATURES.includes(signature)) continue;
    const longest = Math.min(LONGEST_BLOCK, bytes.length - start);
    for (let length = 12; length <= longest; length++) {
      const end = start + length - 4;
      if (lookup3(bytes, start, end) !== view.getUint32(end, true)) continue;
      blocks.push({ start, length, checksumAt: length - 4 });
      break;
    }
  }
  return blocks;
}

/** Changes a few bytes of a copy; most of the time the checksums around them stay right. */
export function mutated(
  original: Uint8Array,
  blocks: readonly CheckedBlock[],
  random: (limit: number) => number,
): Uint8Array {
  const bytes = Uint8Array.from(original);
  const changes = 1 + random(3);
  for (let i = 0; i < changes; i++) {
    const block = blocks[random(blocks.length)];
    // Half of the changes go into checksummed metadata, where there is any.
    if (block === undefined || random(2) === 0) change(bytes, random(bytes.length), random);
    else change(bytes, block.start + random(Math.min(block.length - 4, LONGEST_BLOCK)), random);
  }
  if (random(8) !== 0) fixChecksums(bytes, blocks);
  return random(12) === 0 ? bytes.slice(0, random(bytes.length)) : bytes;
}

const EXTREMES = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  2n ** 53n,
  2n ** 64n - 2n,
  2n ** 64n - 1n,
];

function change(bytes: Uint8Array, at: number, random: (limit: number) => number): void {
  const view = new DataView(bytes.buffer);
  const room = Math.min(8, bytes.length - at);
  switch (random(5)) {
    case 0:
      bytes[at]! ^= 1 << random(8);
      break;
    case 1:
      bytes[at] = random(256);
      break;
    case 2: {
      // A number at its extremes, in any of the widths that fields have.
      const width = [1, 2, 4, 8][random(4)]!;
      const value = EXTREMES[random(EXTREMES.length)]!;
      for (let i = 0; i < Math.min(width, room); i++) {
        bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
      }
      break;
    }
    case 3:
      // An address within the file: of something else, or of the structure that is being read.
      if (room >= 4) view.setUint32(at, random(bytes.length), true);
      break;
    default: {
      // A piece of the file over another one.
      const length = 1 + random(64);
      const from = random(bytes.length);
      bytes.copyWithin(at, from, from + length);
    }
  }
}

function isSound(bytes: Uint8Array, block: CheckedBlock): boolean {
  const copy = Uint8Array.from(bytes.subarray(block.start, block.start + block.length));
  fixChecksums(copy, [{ ...block, start: 0 }]);
  return copy.every((byte, i) => byte === bytes[block.start + i]);
}

function fixChecksums(bytes: Uint8Array, blocks: readonly CheckedBlock[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { start, length, checksumAt } of blocks) {
    const at = start + checksumAt;
    const isLast = checksumAt === length - 4;
    // Where it isn't last it counts as zero in itself.
    if (!isLast) view.setUint32(at, 0, true);
    view.setUint32(at, lookup3(bytes, start, isLast ? at : start + length), true);
  }
}
