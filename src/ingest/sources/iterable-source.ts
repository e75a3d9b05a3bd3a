import type { IngestSource, SourceRecord } from '../source.js';

/** Records that come from code: an array, or a generator. */
export function iterableSource(
  records: Iterable<SourceRecord> | AsyncIterable<SourceRecord>,
): IngestSource {
  return {
    name: 'the records given',
    count: Array.isArray(records) ? records.length : undefined,
    records: async function* () {
      yield* records;
    },
  };
}
