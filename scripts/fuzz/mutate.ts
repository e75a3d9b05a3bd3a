import { fixChecksums, type CheckedBlock } from './checked-blocks.js';
import type { Random } from './random.js';
import type { Field } from './traced-fields.js';

/** What a sound file is made of. */
export interface Anatomy {
  readonly blocks: readonly CheckedBlock[];
  /** Empty where they aren't known. */
  readonly fields: readonly Field[];
}

/** Damages a copy; most of the time the checksums around the damage are made right. */
export function mutated(original: Uint8Array, anatomy: Anatomy, random: Random): Uint8Array {
  let bytes = Uint8Array.from(original);
  const changes = 1 + random(3);
  for (let i = 0; i < changes; i++) changeOnce(bytes, anatomy, random);
  if (random(12) === 0) bytes = cut(bytes, random);
  else if (random(40) === 0) bytes = shifted(bytes, random);
  if (random(8) !== 0) fixChecksums(bytes, anatomy.blocks);
  return bytes;
}

/** Half of the changes go to fields, the rest to checksummed metadata and to bytes of any kind. */
function changeOnce(bytes: Uint8Array, { blocks, fields }: Anatomy, random: Random): void {
  const block = blocks[random(blocks.length)];
  const field = fields[random(fields.length)];
  if (field !== undefined && random(2) === 0) {
    changeField(bytes, field, fields, random);
  } else if (block !== undefined && random(2) === 0) {
    changeBytes(bytes, block.start + random(block.length - 4), random);
  } else {
    changeBytes(bytes, random(bytes.length), random);
  }
}

const EXTREMES = [
  ...[0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn, 0x80000000n],
  ...[0xffffffffn, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n],
];

function changeField(
  bytes: Uint8Array,
  field: Field,
  fields: readonly Field[],
  random: Random,
): void {
  const { at, width, kind } = field;
  const value = numberAt(bytes, at, width);
  if (random(6) === 0) bytes[at + random(width)]! ^= 1 << random(8);
  else setNumber(bytes, at, width, otherValue());

  function otherValue(): bigint {
    switch (random(5)) {
      case 0:
        return EXTREMES[random(EXTREMES.length)]!;
      case 1:
        return value + [1n, -1n, 8n, -8n][random(4)]!;
      case 2:
        return value * [2n, 256n, 65_536n][random(3)]!;
      case 3: {
        // The value of a like field: an address of something else, of itself, a count that isn't its own.
        const like = fields.filter((other) => other.kind === kind && other.width === width);
        const other = like[random(like.length)]!;
        return numberAt(bytes, other.at, other.width);
      }
      default:
        return BigInt(random(bytes.length + 2));
    }
  }
}

function changeBytes(bytes: Uint8Array, at: number, random: Random): void {
  switch (random(5)) {
    case 0:
      bytes[at]! ^= 1 << random(8);
      break;
    case 1:
      bytes[at] = random(256);
      break;
    case 2:
      // A number at its extremes, in any of the widths that fields have.
      setNumber(bytes, at, [1, 2, 4, 8][random(4)]!, EXTREMES[random(EXTREMES.length)]!);
      break;
    case 3:
      // An address within the file: of something else, or of the structure that is being read.
      setNumber(bytes, at, 4, BigInt(random(bytes.length)));
      break;
    default: {
      // A piece of the file over another one.
      const length = 1 + random(random(8) === 0 ? 2048 : 64);
      const from = random(bytes.length);
      bytes.copyWithin(at, from, from + length);
    }
  }
}

/** Half of the cut files say that they end where they do, as no reader would else look further. */
function cut(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const rest = bytes.slice(0, random(bytes.length));
  if (random(2) === 0) setEndOfFile(rest);
  return rest;
}

/** Some bytes more or less in the middle: all behind them is elsewhere than it should be. */
function shifted(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const at = random(bytes.length);
  const by = 1 + random(64);
  const behind = random(2) === 0 ? bytes.subarray(at + by) : bytes.subarray(Math.max(0, at - by));
  const result = new Uint8Array(at + behind.length);
  result.set(bytes.subarray(0, at));
  result.set(behind, at);
  return result;
}

function setEndOfFile(bytes: Uint8Array): void {
  const start = [0, 512].find((at) => bytes[at] === 0x89 && bytes[at + 1] === 0x48);
  if (start === undefined || start + 16 > bytes.length) return;
  const version = bytes[start + 8]!;
  const width = bytes[start + (version < 2 ? 13 : 9)]!;
  const at = start + (version < 2 ? 24 + 4 * version : 12) + 2 * width;
  setNumber(bytes, at, Math.min(width, 8), BigInt(bytes.length - start));
}

function numberAt(bytes: Uint8Array, at: number, width: number): bigint {
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  return value;
}

/** As much of the number as there is room for. */
export function setNumber(bytes: Uint8Array, at: number, width: number, value: bigint): void {
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}
