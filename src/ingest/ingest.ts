import { availableParallelism } from 'node:os';
import { ImageError } from '../errors.js';
import { appendFrames } from './append-frames.js';
import type { DecodeOptions } from './decode.js';
import type { EncodedImages } from './encoded-images.js';
import { aheadBytes as aheadOf, createEncodedImages } from './encoded-images.js';
import type { Ingester, IngesterOptions } from './ingester.js';
import { createIngester } from './ingester.js';
import { fitPixels } from './fit-pixels.js';
import { bytesOfImage } from './image-settings.js';
import { mapInOrder } from './map-in-order.js';
import { openQuarantine } from './quarantine.js';
import { peekRecords } from './peek-records.js';
import type { PixelArray } from './pixel-types.js';
import type {
  EncodedRecord,
  IngestSource,
  PixelRecord,
  RefusedRecord,
  SourceRecord,
} from './source.js';
import { iterableSource } from './sources/iterable-source.js';
import { openSource } from './sources/open-source.js';
import { misfit } from './value-columns.js';
import type {
  Duplicate,
  IngestOptions,
  IngestProgress,
  IngestReport,
  Records,
  SetAside,
} from './ingest-report.js';

/**
 * Appends the images of a source to a file, creating it if there is none. Records whose id is in
 * the file are skipped, so doing it again adds what is new, and goes on where an ingest was
 * interrupted. Rows are in the order of the source, whatever order decoding ends in. A record that
 * can't be read or decoded, or doesn't fit, is set aside, with its reason.
 *
 * @param source of records: an array, a generator, what `openSource` opens, or the path of that
 * @throws NotFoundError when there are no records, InvalidOptionError when the options aren't the
 *   file's, StorageError when reading the source or writing the file fails, CorruptFileError when
 *   the source is damaged, ImageError with `onError: 'stop'`, `signal.reason` when aborted.
 * @example
 * await ingest('labels.csv', 'photos.h5', { height: 64, width: 64 });
 * await ingest([{ id: 'black', className: 'plain', pixels: new Uint8Array(192) }], 'data.h5', {
 *   height: 8,
 *   width: 8,
 * });
 */
export async function ingest(
  source: string | IngestSource | Records,
  file: string,
  options: IngestOptions = {},
): Promise<IngestReport> {
  const { maxPixels, frames, memoryLimit, onError, quarantine, signal, onProgress, ...requested } =
    options;
  const started = performance.now();
  const aheadBytes = aheadOf(memoryLimit);
  const given = await asSource(source, file);
  signal?.throwIfAborted();
  const { source: opened, records } = await peekRecords(given);
  const tally: Tally = { done: 0, added: 0, skipped: 0, bytes: 0, duplicates: [], setAside: [] };
  let ingester: Ingester;
  try {
    ingester = await createIngester(file, withDefaults(requested, opened));
  } catch (error) {
    await records.return(undefined);
    throw error;
  }
  try {
    ingester.addClasses(opened.classes ?? []);
    const decoding = { ...ingester.settings, maxPixels };
    const images = createEncodedImages({ ...decoding, frames, memoryLimit });
    const work = { ingester, decoding, images, rowsBefore: ingester.count };
    const keeping = quarantine === undefined ? undefined : await openQuarantine(quarantine);
    const outcomes = mapInOrder(records, (record) => prepare(record, work), {
      ...parallelism(ingester, aheadBytes),
      weight: heldBytes,
      maxWeight: aheadBytes,
      signal,
    });
    for await (const outcome of outcomes) {
      const refused = await take(outcome, work, tally);
      if (refused !== undefined) {
        await keeping?.keep(refused, await encodedOf(outcome, images));
        if (onError === 'stop') throw stopped(refused);
      }
      onProgress?.(progressOf(tally, opened.count, ingester.committed));
    }
    await ingester.close();
  } catch (error) {
    await ingester.stop();
    throw error;
  }
  const { added, skipped, duplicates, setAside, bytes } = tally;
  const seconds = (performance.now() - started) / 1000;
  const { committed: images, classes } = ingester;
  return { file, images, added, skipped, duplicates, setAside, classes, bytes, seconds };
}

function asSource(
  source: string | IngestSource | Records,
  file: string,
): IngestSource | Promise<IngestSource> {
  if (typeof source === 'string') return openSource(source, { except: file });
  return 'records' in source ? source : iterableSource(source);
}

function stopped({ id, reason, place }: SetAside): ImageError {
  const where = place === undefined ? '' : ` (${place})`;
  return new ImageError(`Stopped at '${id}'${where}: ${reason}`);
}

/** What the caller leaves open is as the source is. */
function withDefaults(requested: IngesterOptions, source: IngestSource): IngesterOptions {
  const { settings = {}, columns } = source;
  return {
    ...requested,
    height: requested.height ?? settings.height,
    width: requested.width ?? settings.width,
    channels: requested.channels ?? settings.channels,
    dtype: requested.dtype ?? settings.dtype,
    columns: requested.columns ?? columns,
  };
}

interface Tally {
  done: number;
  added: number;
  skipped: number;
  bytes: number;
  readonly duplicates: Duplicate[];
  readonly setAside: SetAside[];
}

function progressOf(tally: Tally, total: number | undefined, committed: number): IngestProgress {
  const { done, added, skipped, bytes } = tally;
  const duplicates = tally.duplicates.length;
  const setAside = tally.setAside.length;
  return { total, done, added, skipped, duplicates, setAside, committed, bytes };
}

interface Work {
  readonly ingester: Ingester;
  readonly decoding: DecodeOptions;
  /** Rows that were in the file. */
  readonly rowsBefore: number;
  readonly images: EncodedImages;
}

type Outcome =
  | {
      readonly kind: 'image';
      readonly entry: SourceRecord;
      readonly pixels: PixelArray;
      readonly bytes: number;
    }
  | {
      readonly kind: 'frames';
      readonly entry: EncodedRecord;
      readonly bytes: number;
    }
  | { readonly kind: 'known'; readonly entry: SourceRecord }
  | {
      readonly kind: 'set aside';
      readonly entry: SetAside;
      readonly bytes: number;
      readonly record?: EncodedRecord;
    };

/** Reads and decodes one record; runs many at a time. */
async function prepare(entry: SourceRecord | RefusedRecord, work: Work): Promise<Outcome> {
  if ('refused' in entry) return setAside(entry, entry.refused, 0);
  if (await work.ingester.has(entry.id)) return { kind: 'known', entry };
  const wrong = wrongFacts(entry) ?? misfit(work.ingester.columns, entry.columns ?? {});
  if (wrong !== undefined) return setAside(entry, wrong, 0);
  return 'pixels' in entry ? fromPixels(entry, work) : fromBytes(entry, work);
}

/** What would be stored otherwise than it is, and then not found again. */
function wrongFacts({ id, className, label }: SourceRecord): string | undefined {
  if (id === '') return 'it has no id';
  const unstorable = [id, className ?? ''].find((text) => /[\0\p{Surrogate}]/u.test(text));
  if (unstorable !== undefined) {
    return `HDF5 can't store the text ${JSON.stringify(unstorable)}: it holds NUL or half a character`;
  }
  if (label === undefined || (label | 0) === label) return undefined;
  return `expected a label that is a whole number of 32 bits, got ${label}`;
}

async function fromBytes(record: EncodedRecord, { images }: Work): Promise<Outcome> {
  const read = await images.read(record);
  const { bytes } = read;
  if (read.kind === 'refused') return { ...setAside(record, read.reason, bytes), record };
  if (read.kind === 'frames') return { kind: 'frames', entry: record, bytes };
  return { kind: 'image', entry: record, pixels: read.pixels, bytes };
}

async function fromPixels(record: PixelRecord, { decoding }: Work): Promise<Outcome> {
  try {
    const pixels = await fitPixels(record, decoding);
    return { kind: 'image', entry: record, pixels, bytes: record.pixels.byteLength };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return setAside(record, error.message, record.pixels.byteLength);
  }
}

function setAside(
  entry: SourceRecord | RefusedRecord,
  reason: string,
  bytes: number,
): Extract<Outcome, { kind: 'set aside' }> {
  return { kind: 'set aside', entry: asSetAside(entry, reason), bytes };
}

function asSetAside({ id, place }: SourceRecord | RefusedRecord, reason: string): SetAside {
  return { id, reason, ...(place === undefined ? {} : { place }) };
}

/** @returns what is set aside, if it was */
async function take(outcome: Outcome, work: Work, tally: Tally): Promise<SetAside | undefined> {
  const { ingester, rowsBefore } = work;
  const refuse = (entry: SetAside): SetAside => {
    tally.setAside.push(entry);
    return entry;
  };
  tally.done++;
  if (outcome.kind !== 'known') tally.bytes += outcome.bytes;
  if (outcome.kind === 'set aside') return refuse(outcome.entry);
  if (outcome.kind === 'frames') {
    const { added, duplicates, failed } = await appendFrames(outcome.entry, work.images, ingester);
    tally.added += added;
    tally.duplicates.push(...duplicates);
    if (failed !== undefined) {
      return refuse(asSetAside({ ...outcome.entry, id: failed.id }, failed.reason));
    }
    // All were in.
    if (added + duplicates.length === 0) tally.skipped++;
    return undefined;
  }
  const { entry } = outcome;
  // One that came twice may have been decoded twice before the first was appended.
  const row = await ingester.rowOf(entry.id);
  if (row !== undefined) {
    if (row >= rowsBefore) return refuse(asSetAside(entry, 'another record has the same id'));
    tally.skipped++;
    return undefined;
  }
  if (outcome.kind === 'known') throw new TypeError(`The image '${entry.id}' is in no more`);
  const { id, className, label, columns } = entry;
  const { pixels } = outcome;
  const { duplicateOf } = await ingester.append({ id, className, label, columns, pixels });
  if (duplicateOf === undefined) tally.added++;
  else tally.duplicates.push({ id, of: duplicateOf });
  return undefined;
}

/** Read again: what waits for its turn holds no bytes. */
async function encodedOf(outcome: Outcome, images: EncodedImages): Promise<Uint8Array | undefined> {
  if (outcome.kind === 'frames') return images.bytesOf(outcome.entry);
  if (outcome.kind !== 'set aside' || outcome.record === undefined) return undefined;
  return images.bytesOf(outcome.record);
}

function heldBytes(entry: SourceRecord | RefusedRecord): number {
  if ('refused' in entry) return 0;
  return 'pixels' in entry ? entry.pixels.byteLength : (entry.held ?? 0);
}

/**
 * More is begun than there are cores, so that these have work while the writer has its turn; how many
 * images are decoded at once is for libuv's threads to say. Those that wait for their turn take no more
 * than `aheadBytes`, beyond one for each core.
 */
function parallelism(
  { settings }: Ingester,
  aheadBytes: number,
): { concurrency: number; ahead: number } {
  const cores = availableParallelism();
  const fitting = Math.floor(aheadBytes / bytesOfImage(settings));
  const ahead = Math.max(cores, Math.min(32 * cores, fitting));
  return { concurrency: Math.min(ahead, 4 * cores), ahead };
}
