import { UnsupportedLayoutError, type ErrorPlace } from '../../errors.js';
import { readBloscHeader, type BloscHeader } from './blosc-header.js';
import { untransposeBits } from './bit-transpose.js';
import { decompressBlosclz } from './blosclz.js';
import { DEFLATE_EXPANSION, inflateFully, type Inflate } from './deflate.js';
import { damaged, type Decompress, type Filter } from './filter.js';
import { LZ4_EXPANSION } from './lz4.js';
import { decompressLz4 } from './lz4-block.js';
import { PLUGIN_ADVICE } from './registered-filters.js';
import { unshuffle } from './shuffle.js';
import { decompressZstd, loadZstd, ZSTD_EXPANSION } from './zstd.js';

/** Compressors as the filter's parameters number them; a chunk's header has numbers of its own. */
const SNAPPY = 3;
const ZSTD = 5;
/** By the number in a chunk's header; BloscLZ has matches like those of LZ4. */
const EXPANSIONS = [LZ4_EXPANSION, LZ4_EXPANSION, 1, DEFLATE_EXPANSION, ZSTD_EXPANSION];

/**
 * Filter 32001: a Blosc 1 buffer. Source: C-Blosc, `README_CHUNK_FORMAT.rst` and `blosc.c`
 * (`blosc_d`, which counts the blocks' starts from the buffer's first byte); hdf5_plugins,
 * `H5Zblosc.c`, which never stores more bytes than it was given.
 *
 * @param clientData `[version, version, element size, chunk bytes, level, shuffle, compressor]`
 * @throws UnsupportedLayoutError for Snappy, or when Zstandard can't be loaded.
 */
export async function bloscFilter(
  clientData: readonly number[],
  inflate: Inflate,
  place: ErrorPlace,
): Promise<Filter> {
  const compressor = clientData[6];
  if (compressor === SNAPPY) throw unsupported('Snappy', place);
  const byHeader: readonly Decompress[] = [
    decompressBlosclz,
    decompressLz4,
    refuse(unsupported('Snappy', place)),
    inflateFully(inflate),
    await zstdFor(compressor, place),
  ];
  return {
    decode: (bytes, maxLength) => decode(bytes, maxLength, byHeader),
    encodedBound: (length) => length + 16,
    expansion: ZSTD_EXPANSION,
  };
}

/** Loaded only where it is needed: where the parameters name it, or no compressor at all. */
async function zstdFor(compressor: number | undefined, place: ErrorPlace): Promise<Decompress> {
  if (compressor !== undefined && compressor !== ZSTD) {
    return refuse(unsupported("Zstandard in chunks whose parameters don't name it", place));
  }
  try {
    return decompressZstd(await loadZstd('the blosc filter (number 32001) with zstd', place));
  } catch (error) {
    if (compressor === ZSTD) throw error;
    return refuse(error);
  }
}

/** The chunks may still do without it. */
function refuse(error: unknown): Decompress {
  return () => {
    throw error;
  };
}

function decode(
  bytes: Uint8Array,
  maxLength: number,
  decompressors: readonly Decompress[],
): Uint8Array {
  const header = readBloscHeader(bytes, maxLength);
  const { length, isCopy, start } = header;
  if (isCopy) return bytes.subarray(start, start + length);
  const decompress = decompressors[header.compressor];
  if (decompress === undefined) {
    throw damaged(FILTER, `Expected a compressor of 0 to 4, got ${header.compressor}`);
  }
  const most = bytes.length * EXPANSIONS[header.compressor]!;
  if (length > most) throw damaged(FILTER, `Expected at most ${most} bytes, got ${length}`);
  const out = new Uint8Array(length);
  for (let block = 0, at = 0; at < length; block++, at += header.block) {
    decodeBlock(bytes, header, block, decompress, out.subarray(at, at + header.block));
  }
  return out;
}

/** @param out the block's bytes, all to be filled */
function decodeBlock(
  bytes: Uint8Array,
  header: BloscHeader,
  block: number,
  decompress: Decompress,
  out: Uint8Array,
): void {
  const { elementSize, shuffle, end } = header;
  const parts = partsOf(header, out.length);
  const partLength = out.length / parts;
  if (!Number.isInteger(partLength)) {
    throw damaged(FILTER, `Expected a block of a multiple of ${parts} bytes, got ${out.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  const plain = shuffle === 'none' ? out : new Uint8Array(out.length);
  let at = view.getUint32(header.start + 4 * block, true);
  for (let write = 0; write < out.length; write += partLength) {
    if (at > end - 4) throw damaged(FILTER, 'Expected the length of a part of a block');
    const stored = view.getUint32(at, true);
    at += 4;
    if (stored > end - at) {
      throw damaged(FILTER, `Expected a part of ${stored} bytes, got ${end - at}`);
    }
    if (stored === partLength) plain.set(bytes.subarray(at, at + stored), write);
    else {
      const to = { bytes: plain, start: write, end: write + partLength };
      decompress({ bytes, start: at, end: at + stored }, to);
    }
    at += stored;
  }
  if (shuffle === 'bytes') out.set(unshuffle(plain, elementSize));
  if (shuffle === 'bits') unshuffleBits(plain, elementSize, out);
}

/** A whole block of small elements is split into one part for each of an element's bytes. */
function partsOf({ isSplit, elementSize, block }: BloscHeader, length: number): number {
  const MAX_PARTS = 16;
  const LEAST_PART = 128;
  const isDivided =
    isSplit &&
    length === block &&
    elementSize <= MAX_PARTS &&
    Math.floor(length / elementSize) >= LEAST_PART;
  return isDivided ? elementSize : 1;
}

/** Only a multiple of 8 elements was transposed; what is behind the last element never is. */
function unshuffleBits(plain: Uint8Array, elementSize: number, out: Uint8Array): void {
  const elements = Math.floor(plain.length / elementSize);
  const transposed = elements % 8 === 0 ? elements : 0;
  untransposeBits(plain, 0, transposed, elementSize, out, 0);
  out.set(plain.subarray(transposed * elementSize), transposed * elementSize);
}

function unsupported(compressor: string, place: ErrorPlace): UnsupportedLayoutError {
  const feature = `the blosc filter (number 32001) with ${compressor}`;
  return new UnsupportedLayoutError(feature, { place, advice: PLUGIN_ADVICE });
}

const FILTER = 'blosc filter';
