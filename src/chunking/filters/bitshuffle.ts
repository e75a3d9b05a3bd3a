import { CorruptFileError, UnsupportedLayoutError, type ErrorPlace } from '../../errors.js';
import { untransposeBits } from './bit-transpose.js';
import { damaged, type Decompress, type Filter } from './filter.js';
import { blockAt, LZ4_EXPANSION, lz4Bound, readBlockHeader } from './lz4.js';
import { decompressLz4 } from './lz4-block.js';
import { PLUGIN_ADVICE } from './registered-filters.js';
import { decompressZstd, loadZstd, ZSTD_EXPANSION } from './zstd.js';

/** Elements that are transposed together; fewer at the end stay as they are. */
const MULTIPLE = 8;
const NONE = 0;
const LZ4 = 2;
const ZSTD = 3;

/**
 * Filter 32008: blocks of elements whose bits are transposed, each then compressed or not.
 * Compressed blocks stand behind the same header as in the lz4 filter. Source: bitshuffle,
 * `bshuf_h5filter.c`, `bitshuffle.c`, and `bshuf_blocked_wrap_fun` in `bitshuffle_core.c`.
 *
 * @param clientData `[version, version, element size, elements of a block or 0, compression]`
 * @throws UnsupportedLayoutError for an unknown compression, or when Zstandard can't be loaded.
 */
export async function bitshuffleFilter(
  clientData: readonly number[],
  place: ErrorPlace,
): Promise<Filter> {
  const [, , elementSize = 0, elements = 0, compression = NONE] = clientData;
  if (elementSize === 0) {
    throw new CorruptFileError('Expected the size of an element', {
      place: { ...place, structure: FILTER },
    });
  }
  const usualBlock = elements === 0 ? defaultBlock(elementSize) : elements;
  if (compression === NONE) {
    return {
      decode: (bytes) => decode(bytes, elementSize, usualBlock),
      encodedBound: (length) => length,
      expansion: 1,
    };
  }
  const decompress = await decompressorOf(compression, place);
  return {
    decode: (bytes, maxLength) => decodeCompressed(bytes, maxLength, elementSize, decompress),
    encodedBound: (length) => 12 + lz4Bound(length, 1 + length / (usualBlock * elementSize)) * 1.01,
    expansion: compression === ZSTD ? ZSTD_EXPANSION : LZ4_EXPANSION,
  };
}

async function decompressorOf(compression: number, place: ErrorPlace): Promise<Decompress> {
  if (compression === LZ4) return decompressLz4;
  if (compression === ZSTD) {
    return decompressZstd(await loadZstd('the bitshuffle filter (number 32008) with zstd', place));
  }
  const feature = `the bitshuffle filter (number 32008) with compression ${compression}`;
  throw new UnsupportedLayoutError(feature, { place, advice: PLUGIN_ADVICE });
}

/** 8 KiB in whole multiples of 8 elements, at least 128 elements. It never changes. */
function defaultBlock(elementSize: number): number {
  return Math.max(128, MULTIPLE * Math.floor(8192 / elementSize / MULTIPLE));
}

function decode(bytes: Uint8Array, elementSize: number, blockElements: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const blocks = blocksOf(bytes.length, elementSize, blockElements);
  for (const { start, elements } of blocks.whole) {
    untransposeBits(bytes, start, elements, elementSize, out, start);
  }
  out.set(bytes.subarray(blocks.end), blocks.end);
  return out;
}

function decodeCompressed(
  bytes: Uint8Array,
  maxLength: number,
  elementSize: number,
  decompress: Decompress,
): Uint8Array {
  const header = readBlockHeader(bytes, maxLength, FILTER);
  const inHeader = Math.floor(header.block / elementSize);
  const blockElements = inHeader === 0 ? defaultBlock(elementSize) : inHeader;
  const blocks = blocksOf(header.total, elementSize, blockElements);
  const out = new Uint8Array(header.total);
  const block = new Uint8Array(Math.min(header.total, blockElements * elementSize));
  let at = header.end;
  for (const { start: write, elements } of blocks.whole) {
    const { start, end } = blockAt(bytes, at, FILTER);
    decompress({ bytes, start, end }, { bytes: block, start: 0, end: elements * elementSize });
    untransposeBits(block, 0, elements, elementSize, out, write);
    at = end;
  }
  const rest = header.total - blocks.end;
  if (rest > bytes.length - at) {
    throw damaged(FILTER, `Expected ${rest} bytes behind the blocks, got ${bytes.length - at}`);
  }
  out.set(bytes.subarray(at, at + rest), blocks.end);
  return out;
}

interface Blocks {
  readonly whole: Iterable<{ readonly start: number; readonly elements: number }>;
  /** Behind the last block: up to 7 elements that stay as they are. */
  readonly end: number;
}

function blocksOf(length: number, elementSize: number, blockElements: number): Blocks {
  if (length % elementSize !== 0) {
    throw damaged(FILTER, `Expected whole elements of ${elementSize} bytes, got ${length} bytes`);
  }
  if (blockElements % MULTIPLE !== 0) {
    throw damaged(FILTER, `Expected blocks of a multiple of 8 elements, got ${blockElements}`);
  }
  const inBlocks = MULTIPLE * Math.floor(length / elementSize / MULTIPLE);
  return { whole: blocksUpTo(inBlocks, elementSize, blockElements), end: inBlocks * elementSize };
}

function* blocksUpTo(
  elements: number,
  elementSize: number,
  blockElements: number,
): Generator<{ start: number; elements: number }> {
  for (let at = 0; at < elements; at += blockElements) {
    yield { start: at * elementSize, elements: Math.min(blockElements, elements - at) };
  }
}

const FILTER = 'bitshuffle filter';
