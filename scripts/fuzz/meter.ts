/** Counts what reading a file costs, and holds it to bounds that are stated here. */
import type { Inflate } from '#src/chunking/filters/pipeline.js';
import type { ByteSource } from '#src/storage/byte-source.js';
import { inflate } from '#src/storage/inflate.js';
import { countWork, resetWork, work } from './work-counter.js';

/**
 * What one operation may cost: opening a file, listing a group, opening a dataset, scanning its
 * whole index, looking up chunks, reading rows. `size` is the file's, `asked` the bytes asked for.
 */
export const bounds: Readonly<Record<Measure, (extent: Extent) => number>> = {
  /** Reads of the source. */
  reads: ({ size }) => 16 + size / 2048,
  /** Bytes read from the source. */
  bytesRead: ({ size }) => 8192 + 6 * size,
  /**
   * Bytes of memory taken for binary data, all that is freed again counted. A decoded chunk has at
   * most 1032 times as many bytes as are stored of it, and there may be a copy of it.
   */
  allocated: ({ size, asked }) => 1_048_576 + 64 * size + (asked > 0 ? 4 * asked + 2064 * size : 0),
  /** Structures parsed: this counts work that reads nothing, as time would if it could be trusted. */
  structures: ({ size }) => 512 + size / 2,
  /** Bytes turned into text. */
  text: ({ size }) => 4096 + 2 * size,
};

export type Measure = 'reads' | 'bytesRead' | 'allocated' | 'structures' | 'text';

export const measures: readonly Measure[] = [
  'reads',
  'bytesRead',
  'allocated',
  'structures',
  'text',
];

interface Extent {
  readonly size: number;
  readonly asked: number;
}

export interface Meter {
  /** Refuses, and notes, reads beyond the source's end. */
  readonly source: ByteSource;
  /** Counts what is inflated. */
  readonly inflate: Inflate;
  /** Runs an operation, and notes whether it kept within the bounds. */
  readonly measure: <T>(name: string, asked: number, run: () => Promise<T>) => Promise<T>;
  /** What happened that must not. */
  readonly violations: string[];
  /** The largest share of each bound that an operation took. */
  readonly shares: Record<Measure, number>;
}

/** Counts begin with the first call, in the whole thread. */
export function meter(source: ByteSource): Meter {
  countWork();
  const violations: string[] = [];
  const shares = { reads: 0, bytesRead: 0, allocated: 0, structures: 0, text: 0 };
  let reads = 0;
  let bytesRead = 0;
  return {
    source: {
      ...source,
      read(offset, length) {
        reads++;
        bytesRead += length;
        const isWithin = offset >= 0 && length >= 0 && offset + length <= source.size;
        if (!isWithin) {
          violations.push(`read of ${length} bytes at ${offset}, of ${source.size}`);
          throw new RangeError('read beyond the end of the source');
        }
        return source.read(offset, length);
      },
    },
    inflate(bytes, maxLength) {
      const inflated = inflate(bytes, maxLength);
      work.allocated += inflated.length;
      return inflated;
    },
    async measure(name, asked, run) {
      const extent = { size: source.size, asked };
      reads = bytesRead = 0;
      resetWork();
      try {
        return await run();
      } finally {
        const spent = { reads, bytesRead, ...work };
        for (const measure of measures) {
          const share = spent[measure] / bounds[measure](extent);
          shares[measure] = Math.max(shares[measure], share);
          if (share <= 1) continue;
          violations.push(`${name}: ${measure} ${spent[measure]}, ${share.toFixed(2)} × the bound`);
        }
      }
    },
    violations,
    shares,
  };
}
