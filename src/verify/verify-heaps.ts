import { openHdf5File } from '../chunking/format/hdf5-file.js';
import { UnsupportedLayoutError } from '../errors.js';
import type { ByteSource } from '../storage/byte-source.js';
import type { Problems } from './problems.js';

/** Looks at the global heaps, where strings are, before HDF5 does. */
export interface HeapScan {
  /** Finds and checks the heaps that begin between two offsets of the file. */
  scan(from: number, to: number): Promise<void>;
  /** Whether all heaps can be read. */
  readonly sound: boolean;
}

/** Bytes: `H5HG_MINSIZE` of libhdf5. */
export const SMALLEST_HEAP = 4096;

const PIECE = 2 ** 20;
/** Signature, version 1, reserved. */
const start = Buffer.from('GCOL\x01\0\0\0', 'latin1');
/** Of the collection, and of each object in it, with lengths of 8 bytes. */
const HEADER = 16;

/**
 * Global heaps have no checksum, and libhdf5 trusts them: it never comes back from an object of free
 * space whose size is 0 (`H5HG__cache_heap_deserialize`). So heaps are looked for in what isn't known to
 * be data, which is little.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 1E - Global Heap".
 */
export async function heapScan(source: ByteSource, problems: Problems): Promise<HeapScan> {
  let sound = true;
  if (!(await hasLongLengths(source))) {
    return { sound, scan: () => Promise.resolve() };
  }
  const fail = (text: string, offset: number): void => {
    sound = false;
    problems.add('structure', text, { structure: 'global heap', offset });
  };

  const check = async (offset: number): Promise<void> => {
    const head = Buffer.from(await source.read(offset, Math.min(HEADER, source.size - offset)));
    const size = head.length < HEADER ? 0 : Number(head.readBigUInt64LE(8));
    if (size < SMALLEST_HEAP || offset + size > source.size) {
      fail(
        `Expected a heap of ${SMALLEST_HEAP} bytes or more within the file, got ${size}`,
        offset,
      );
      return;
    }
    const heap = Buffer.from(await source.read(offset, size));
    for (let at = HEADER; at + HEADER <= size;) {
      const index = heap.readUInt16LE(at);
      const length = Number(heap.readBigUInt64LE(at + 8));
      // Free space counts its own header, and ends the heap.
      const whole = index === 0 ? length : HEADER + Math.ceil(length / 8) * 8;
      if (whole < HEADER || at + whole > size) {
        fail(`Expected an object within its heap, got one of ${length} bytes`, offset + at);
        return;
      }
      at += whole;
    }
  };

  return {
    get sound() {
      return sound;
    },
    async scan(from, to) {
      for (let at = from; at < to; at += PIECE) {
        const length = Math.min(PIECE + start.length - 1, source.size - at);
        const piece = Buffer.from(await source.read(at, length));
        for (
          let found = piece.indexOf(start);
          found >= 0;
          found = piece.indexOf(start, found + 1)
        ) {
          if (at + found < to && found < PIECE) await check(at + found);
        }
      }
    },
  };
}

async function hasLongLengths(source: ByteSource): Promise<boolean> {
  try {
    return (await openHdf5File(source)).lengthSize === 8;
  } catch (error) {
    if (error instanceof UnsupportedLayoutError) return false;
    throw error;
  }
}
