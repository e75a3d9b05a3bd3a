import { damaged } from './filter.js';

/** The first 16 bytes of a Blosc 1 buffer. */
export interface BloscHeader {
  readonly elementSize: number;
  /** How the bytes of a block's elements were reordered before they were compressed. */
  readonly shuffle: 'none' | 'bytes' | 'bits';
  /** The bytes stand behind the header as they were. */
  readonly isCopy: boolean;
  /** Whole blocks may be split into parts that are compressed one by one. */
  readonly isSplit: boolean;
  /** 0 BloscLZ, 1 LZ4, 2 Snappy, 3 zlib, 4 Zstandard. */
  readonly compressor: number;
  /** Bytes when decompressed. */
  readonly length: number;
  /** Bytes of a block when decompressed, but the last. */
  readonly block: number;
  /** Behind the header: the blocks' starts, or the bytes. */
  readonly start: number;
  /** Behind the buffer. */
  readonly end: number;
}

const HEADER = 16;
const FORMAT_VERSION = 2;

/**
 * Reads the header, and holds it to the bytes that are there.
 * Source: C-Blosc, `README_CHUNK_FORMAT.rst`; the checks of `blosc_run_decompression_with_context`.
 *
 * @throws CorruptFileError when it isn't one, or tells of more than `maxLength` or missing bytes.
 */
export function readBloscHeader(bytes: Uint8Array, maxLength: number): BloscHeader {
  if (bytes.length < HEADER) throw fail(`Expected a header of ${HEADER} bytes`);
  const [version, , flags, elementSize] = bytes as unknown as [number, number, number, number];
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
  const [length, block, end] = [4, 8, 12].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
  ];
  if (version !== FORMAT_VERSION || (flags & 0x08) !== 0) {
    throw fail(`Expected format version ${FORMAT_VERSION}, got ${version} with flags ${flags}`);
  }
  if (elementSize === 0) throw fail('Expected the size of an element');
  if (length > maxLength) {
    throw fail(`Expected at most ${maxLength} bytes when decoded, got ${length}`);
  }
  if (end < HEADER || end > bytes.length) {
    throw fail(`Expected a buffer of ${end} bytes, got ${bytes.length}`);
  }
  const isCopy = (flags & 0x02) !== 0;
  if (isCopy && end !== HEADER + length) {
    throw fail(`Expected ${length} bytes as they were, got ${end - HEADER}`);
  }
  const blocks = length === 0 ? 0 : Math.ceil(length / block);
  if (!isCopy && !(blocks * 4 <= end - HEADER)) {
    throw fail(`Expected the starts of blocks of ${block} bytes, got ${end - HEADER} bytes`);
  }
  return {
    elementSize,
    shuffle: shuffleOf(flags, elementSize),
    isCopy,
    isSplit: (flags & 0x10) === 0,
    compressor: flags >>> 5,
    length,
    block,
    start: HEADER,
    end,
  };
}

function shuffleOf(flags: number, elementSize: number): BloscHeader['shuffle'] {
  if ((flags & 0x01) !== 0 && elementSize > 1) return 'bytes';
  return (flags & 0x04) !== 0 ? 'bits' : 'none';
}

function fail(message: string): Error {
  return damaged('blosc filter', message);
}
