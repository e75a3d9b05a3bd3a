import { MemoryLimitError, UnsupportedLayoutError, type ErrorPlace } from '../../errors.js';
import { damaged, type Decompress, type Filter } from './filter.js';

/** Decompresses Zstandard frames; throws when they are damaged or hold more than `maxLength` bytes. */
export type Zstd = (bytes: Uint8Array, maxLength: number) => Uint8Array;

/** zstddec's memory ends at 2 GiB and holds both the stored and the decompressed bytes. */
const MAX_BYTES = 2 ** 30;
/** A block of 4 bytes repeats one of them for up to 128 KiB. */
export const ZSTD_EXPANSION = 32_768;

/**
 * Filter 32015: Zstandard frames and nothing else.
 * Source: The HDF Group, hdf5_plugins, `H5Zzstd.c`; the bound is `ZSTD_compressBound`'s, rounded up.
 */
export function zstdFilter(zstd: Zstd): Filter {
  return { decode: zstd, encodedBound: zstdBound, expansion: ZSTD_EXPANSION };
}

export function zstdBound(length: number): number {
  return length + Math.ceil(length / 256) + 128;
}

/**
 * Loads the decoder, the package `zstddec` (Zstandard's own code in WebAssembly, for Node and
 * browsers), which users install only if they need it.
 *
 * @param feature what needs it, for the message
 * @throws UnsupportedLayoutError, with the line that installs it, when it can't be loaded.
 */
export async function loadZstd(feature: string, place: ErrorPlace): Promise<Zstd> {
  try {
    const { ZSTDDecoder } = await import('zstddec');
    const decoder = new ZSTDDecoder();
    await decoder.init();
    return (bytes, maxLength) => decompress(decoder, bytes, maxLength);
  } catch (cause) {
    throw new UnsupportedLayoutError(`${feature} without the package zstddec`, {
      place,
      advice: 'Install it: npm install zstddec',
      cause,
    });
  }
}

/** Zstandard for a stretch whose length is known. */
export function decompressZstd(zstd: Zstd): Decompress {
  return (from, to) => {
    const length = to.end - to.start;
    const decoded = zstd(from.bytes.subarray(from.start, from.end), length);
    if (decoded.length !== length) {
      throw fail(`Expected ${length} bytes when decompressed, got ${decoded.length}`);
    }
    to.bytes.set(decoded, to.start);
  };
}

function decompress(
  decoder: { decode: (bytes: Uint8Array, length: number) => Uint8Array },
  bytes: Uint8Array,
  maxLength: number,
): Uint8Array {
  if (bytes.length + maxLength > MAX_BYTES) {
    throw new MemoryLimitError(
      `Expected a chunk that takes at most ${MAX_BYTES} bytes to decompress, ` +
        `got ${bytes.length + maxLength}`,
      { place: { structure: FILTER } },
    );
  }
  const expected = `Expected Zstandard frames of at most ${maxLength} bytes when decompressed`;
  let decoded: Uint8Array;
  try {
    decoded = decoder.decode(bytes, maxLength);
  } catch (cause) {
    throw fail(expected, cause);
  }
  // The package yields nothing where Zstandard reports an error; no chunk has no bytes.
  if (decoded.length === 0) throw fail(expected);
  return decoded;
}

function fail(message: string, cause?: unknown): Error {
  return damaged(FILTER, message, cause);
}

const FILTER = 'zstd filter';
