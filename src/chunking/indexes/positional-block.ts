import type { ChunkBlock } from '../chunk-index.js';
import { UNDEFINED } from '../format/cursor.js';
import { copyRecord, offsetOf, type ChunkRecords } from './chunk-records.js';
import { emptyLocations } from './lazy-index.js';
import type { PositionalNumbering } from './positional-numbering.js';

/** The allocated chunks of the current shape among the records of positions `first`, `first + 1`, … */
export function positionalBlock(
  records: ChunkRecords,
  first: number,
  numbering: PositionalNumbering,
): ChunkBlock {
  const { count } = records;
  const chunks = new Float64Array(count);
  const locations = emptyLocations(count);
  let found = 0;
  for (let i = 0; i < count; i++) {
    if (offsetOf(records, i) === UNDEFINED) continue;
    const chunk = numbering.chunk(first + i);
    if (chunk < 0) continue;
    chunks[found] = chunk;
    copyRecord(records, i, locations, found++);
  }
  return {
    chunks: chunks.subarray(0, found),
    offsets: locations.offsets.subarray(0, found),
    sizes: locations.sizes.subarray(0, found),
    filterMasks: locations.filterMasks.subarray(0, found),
  };
}
