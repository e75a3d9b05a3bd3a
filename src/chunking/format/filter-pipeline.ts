import type { FilterSpec } from '../dataset-layout.js';
import { filterName } from '../filters/registered-filters.js';
import type { Cursor } from './cursor.js';

const MAX_FILTERS = 32;
const FIRST_NAMED_ID = 256;

/** Source: HDF5 File Format Specification, "The Data Storage - Filter Pipeline Message". */
export function parseFilterPipeline(cursor: Cursor): FilterSpec[] {
  const version = cursor.version(1, 2);
  const count = cursor.u8();
  if (count > MAX_FILTERS) {
    throw cursor.fail(`Expected at most ${MAX_FILTERS} filters, got ${count}`);
  }
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => parseFilter(cursor, version));
}

function parseFilter(cursor: Cursor, version: number): FilterSpec {
  const id = cursor.u16();
  const nameLength = version === 1 || id >= FIRST_NAMED_ID ? cursor.u16() : 0;
  const flags = cursor.u16();
  const valueCount = cursor.u16();
  const storedName = cursor.text(nameLength).split('\0', 1)[0]!;
  const clientData = Array.from({ length: valueCount }, () => cursor.u32());
  if (version === 1 && valueCount % 2 === 1) cursor.skip(4);
  return {
    id,
    name: filterName(id) ?? (storedName === '' ? `filter ${id}` : storedName),
    optional: (flags & 0x01) !== 0,
    clientData,
  };
}
