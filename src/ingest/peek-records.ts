import { NotFoundError } from '../errors.js';
import type { Channels } from './decode.js';
import { pixelDtypes, pixelTypes } from './pixel-types.js';
import type { IngestSource, RefusedRecord, SourceRecord, SourceSettings } from './source.js';
import type { ColumnTypes, ColumnValue } from './value-columns.js';

type Entry = SourceRecord | RefusedRecord;

export interface PeekedSource {
  /** The source, with what its first record tells and it itself did not. */
  readonly source: IngestSource;
  /** All the records, the first included. */
  readonly records: AsyncGenerator<Entry>;
}

/**
 * Looks at the first record of a source, before anything is made or changed.
 *
 * @throws NotFoundError when there is none
 */
export async function peekRecords(source: IngestSource): Promise<PeekedSource> {
  const iterator = source.records()[Symbol.asyncIterator]();
  const before: Entry[] = [];
  let first: SourceRecord | undefined;
  while (first === undefined) {
    const next = await iterator.next();
    if (next.done === true) break;
    before.push(next.value);
    if (!('refused' in next.value)) first = next.value;
  }
  if (before.length === 0) {
    throw new NotFoundError('Expected images, found none', { place: { file: source.name } });
  }
  return {
    source: {
      ...source,
      columns: source.columns ?? columnsOf(first?.columns ?? {}),
      settings: source.settings ?? settingsOf(first),
    },
    records: goOn(before, iterator),
  };
}

async function* goOn(before: readonly Entry[], rest: AsyncIterator<Entry>): AsyncGenerator<Entry> {
  let ended = false;
  try {
    yield* before;
    for (;;) {
      // A source that fails has ended.
      ended = true;
      const next = await rest.next();
      if (next.done === true) return;
      ended = false;
      yield next.value;
    }
  } finally {
    if (!ended) await rest.return?.();
  }
}

function columnsOf(values: Readonly<Record<string, ColumnValue>>): ColumnTypes {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'number' ? 'float64' : 'string',
    ]),
  );
}

const channelsOf: Readonly<Record<number, Channels>> = { 1: 'gray', 3: 'rgb', 4: 'rgba' };

function settingsOf(first: SourceRecord | undefined): SourceSettings {
  if (first === undefined || !('pixels' in first)) return {};
  const { pixels, shape } = first;
  const own = pixelDtypes.find((name) => pixels instanceof pixelTypes[name].array);
  // Those of 8 bits go into a file of any dtype.
  const dtype = own === 'uint8' ? undefined : own;
  if (shape === undefined) return { dtype };
  const [height, width, channels] = shape;
  return { height, width, channels: channelsOf[channels], dtype };
}
