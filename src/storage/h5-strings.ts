import type { Metadata } from 'h5wasm/node';
import { InvalidOptionError } from '../errors.js';
import type { H5Box } from './h5-box.js';
import { product } from './h5-box.js';
import type { H5Library } from './h5-io.js';
import { transfer, withMemory } from './h5-memory.js';

/** Strings handed to HDF5 in one call, so that a long column needs little of its memory. */
const stringsPerCall = 4096;

/**
 * Writes variable-length strings. h5wasm's own `write_slice` can't; HDF5 takes an array of
 * pointers to NUL-terminated strings (4 bytes each in WebAssembly).
 */
export function writeVariableStrings(
  library: H5Library,
  fileId: bigint,
  path: string,
  start: number,
  strings: readonly string[],
): void {
  for (let first = 0; first < strings.length; first += stringsPerCall) {
    const part = strings.slice(first, first + stringsPerCall);
    writeStringBox(library, fileId, path, { start: [start + first], count: [part.length] }, part);
  }
}

/** The same over a box of any rank, in one call. */
export function writeStringBox(
  library: H5Library,
  fileId: bigint,
  path: string,
  { start, count, stride }: H5Box,
  strings: readonly string[],
): void {
  const text = Buffer.from(strings.map((string) => `${string}\0`).join(''), 'utf8');
  withMemory(library, strings.length * 4, (pointers) => {
    withMemory(library, text.length, (bytes) => {
      library.HEAPU8.set(text, bytes);
      const table = new DataView(library.HEAPU8.buffer, pointers, strings.length * 4);
      let address = bytes;
      strings.forEach((string, index) => {
        table.setUint32(index * 4, address, true);
        address += Buffer.byteLength(string, 'utf8') + 1;
      });
      transfer(library, 'set_dataset_data', fileId, path, start, count, pointers, stride);
    });
  });
}

/** Reads variable-length strings of a box of any rank, row-major, in one call. */
export function readStringBox(
  library: H5Library,
  fileId: bigint,
  path: string,
  { start, count, stride }: H5Box,
): string[] {
  const strings: string[] = [];
  const length = product(count);
  withMemory(library, length * 4, (pointer) => {
    library.HEAPU8.fill(0, pointer, pointer + length * 4);
    transfer(library, 'get_dataset_data', fileId, path, start, count, pointer, stride);
    pushVariable(library, pointer, length, strings);
    const address = BigInt(pointer);
    if (count.length === 0) library.reclaim_vlen_memory(fileId, path, '', address);
    else library.reclaim_vlen_memory_count(fileId, path, '', address, count.map(BigInt));
  });
  return strings;
}

/** A string that holds NUL would be cut there, silently. */
export function requireNoNul(strings: readonly string[], dataset: string): void {
  const bad = strings.find((string) => string.includes('\0'));
  if (bad !== undefined) {
    throw new InvalidOptionError(`HDF5 can't store ${JSON.stringify(bad)}: it contains NUL`, {
      place: { dataset },
    });
  }
}

/** Reads a one-dimensional column of strings of variable or fixed length. */
export function readStringColumn(
  library: H5Library,
  fileId: bigint,
  path: string,
  metadata: Metadata,
  start: number,
  count: number,
): string[] {
  const strings: string[] = [];
  for (let first = 0; first < count; first += stringsPerCall) {
    const length = Math.min(stringsPerCall, count - first);
    const size = metadata.size;
    withMemory(library, length * size, (pointer) => {
      library.HEAPU8.fill(0, pointer, pointer + length * size);
      transfer(library, 'get_dataset_data', fileId, path, [start + first], [length], pointer);
      if (metadata.vlen) {
        pushVariable(library, pointer, length, strings);
        const counts = [BigInt(length)];
        library.reclaim_vlen_memory_count(fileId, path, '', BigInt(pointer), counts);
      } else {
        for (let index = 0; index < length; index++) {
          const at = pointer + index * size;
          strings.push(fixedString(library.HEAPU8.subarray(at, at + size), metadata.strpad));
        }
      }
    });
  }
  return strings;
}

function pushVariable(library: H5Library, pointer: number, length: number, out: string[]): void {
  const table = new DataView(library.HEAPU8.buffer, pointer, length * 4);
  for (let index = 0; index < length; index++) {
    const address = table.getUint32(index * 4, true);
    // Never written: a null pointer.
    out.push(address === 0 ? '' : library.UTF8ToString(address));
  }
}

/** H5T_STR_SPACEPAD of H5Tpublic.h. */
const spacePadded = 2;

function fixedString(bytes: Uint8Array, padding: number | undefined): string {
  const end = bytes.indexOf(0);
  const text = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
  return padding === spacePadded ? text.replace(/ +$/, '') : text;
}
