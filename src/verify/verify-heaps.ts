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
const PART = 2 ** 16;
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
    // One is enough: where the others begin isn't certain then.
    if (!sound) return;
    sound = false;
    problems.add('structure', text, { structure: 'global heap', offset });
  };

  /** Bytes of a heap, a part of which is kept: objects are small, and heaps may be large. */
  let part = { offset: 0, bytes: Buffer.alloc(0) };
  const headerAt = async (offset: number): Promise<Buffer> => {
    const at = offset - part.offset;
    if (at >= 0 && at + HEADER <= part.bytes.length) return part.bytes.subarray(at, at + HEADER);
    const length = Math.min(PART, source.size - offset);
    part = { offset, bytes: Buffer.from(await source.read(offset, length)) };
    return part.bytes.subarray(0, HEADER);
  };

  /** @returns where the heap ends */
  const check = async (offset: number): Promise<number> => {
    const head = offset + HEADER > source.size ? undefined : await headerAt(offset);
    const size = head === undefined ? 0 : Number(head.readBigUInt64LE(8));
    const end = offset + size;
    if (size < SMALLEST_HEAP || end > source.size) {
      fail(
        `Expected a heap of ${SMALLEST_HEAP} bytes or more within the file, got ${size}`,
        offset,
      );
      return end;
    }
    for (let at = offset + HEADER; at + HEADER <= end;) {
      const header = await headerAt(at);
      const length = Number(header.readBigUInt64LE(8));
      // Free space counts its own header.
      const isFree = header.readUInt16LE(0) === 0;
      const whole = isFree ? length : HEADER + Math.ceil(length / 8) * 8;
      if (whole < HEADER || at + whole > end) {
        fail(`Expected an object within its heap, got one of ${length} bytes`, at);
        return end;
      }
      at += whole;
    }
    return end;
  };

  return {
    get sound() {
      return sound;
    },
    async scan(from, to) {
      // What strings say is no heap.
      let next = from;
      for (let at = from; at < to && sound; at += PIECE) {
        const length = Math.min(PIECE, to - at) + start.length - 1;
        const piece = Buffer.from(await source.read(at, Math.min(length, source.size - at)));
        for (let found = piece.indexOf(start); found >= 0;) {
          if (at + found >= next) next = await check(at + found);
          found = piece.indexOf(start, found + 1);
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
