import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { ImageError, NotFoundError } from '../errors.js';
import type { DecodeOptions } from './decode.js';
import { decodeImage } from './decode.js';
import type { ImageRecord, RefusedFile } from './image-folder.js';
import { openImageFolder } from './image-folder.js';
import type { Ingester, IngesterOptions } from './ingester.js';
import { createIngester } from './ingester.js';
import { mapInOrder } from './map-in-order.js';

export interface IngestFolderOptions extends IngesterOptions {
  /** Larger images are set aside before they are decoded; default 16,384 × 16,384. */
  readonly maxPixels?: number;
  /** Ends the ingest at a commit: what is complete stays, then the promise rejects. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: IngestProgress) => void;
}

export interface IngestProgress {
  /** Files in the folder. */
  readonly total: number;
  /** Files dealt with: `added + skipped + setAside`. */
  readonly done: number;
  /** Images appended; those after the last commit aren't in the file for good yet. */
  readonly added: number;
  /** Images whose id was in the file already. */
  readonly skipped: number;
  /** Files left out because they are no image, broken, or refused by a rule. */
  readonly setAside: number;
  /** Images in the file for good, earlier ones included. */
  readonly committed: number;
  /** Bytes of source files read. */
  readonly bytes: number;
}

/** A file that isn't in, and why. */
export interface SetAside {
  readonly id: string;
  readonly reason: string;
}

export interface IngestReport {
  readonly file: string;
  /** Images in the file, earlier ones included. */
  readonly images: number;
  readonly added: number;
  readonly skipped: number;
  readonly setAside: readonly SetAside[];
  /** The names of the classes; their places are the labels. */
  readonly classes: readonly string[];
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Appends the images of a folder to a file, creating it if there is none. Images whose id is in
 * the file are skipped, so running it again adds what is new. Rows are in order of the ids,
 * whatever order decoding ends in. A file that can't be decoded is set aside, with its reason.
 *
 * @throws NotFoundError when there are no images, InvalidOptionError when the options aren't the
 *   file's, StorageError when reading the folder or writing the file fails, `signal.reason` when
 *   aborted.
 * @example
 * const report = await ingestFolder('photos', 'photos.h5', { height: 64, width: 64 });
 * console.log(report.added, report.setAside);
 */
export async function ingestFolder(
  directory: string,
  file: string,
  options: IngestFolderOptions = {},
): Promise<IngestReport> {
  const { maxPixels, signal, onProgress, ...ingesterOptions } = options;
  const started = performance.now();
  const folder = await openImageFolder(directory, { except: file });
  if (folder.count === 0) {
    throw new NotFoundError('Expected images, found no files', { place: { file: directory } });
  }
  signal?.throwIfAborted();
  const ingester = await createIngester(file, ingesterOptions);
  const tally = { added: 0, skipped: 0, bytes: 0, setAside: [] as SetAside[] };
  try {
    ingester.addClasses(folder.classes);
    const decoding = {
      ...ingester.settings,
      ...(maxPixels === undefined ? {} : { maxPixels }),
    };
    const outcomes = mapInOrder(folder.entries(), (entry) => prepare(entry, ingester, decoding), {
      ...parallelism(ingester),
      signal,
    });
    for await (const outcome of outcomes) {
      await take(outcome, ingester, tally);
      const { added, skipped, bytes } = tally;
      const setAside = tally.setAside.length;
      onProgress?.({
        total: folder.count,
        done: added + skipped + setAside,
        added,
        skipped,
        setAside,
        committed: ingester.committed,
        bytes,
      });
    }
    await ingester.close();
  } catch (error) {
    await ingester.stop();
    throw error;
  }
  return {
    file,
    images: ingester.committed,
    added: tally.added,
    skipped: tally.skipped,
    setAside: tally.setAside,
    classes: ingester.classes,
    bytes: tally.bytes,
    seconds: (performance.now() - started) / 1000,
  };
}

type Outcome =
  | {
      readonly kind: 'decoded';
      readonly record: ImageRecord;
      readonly pixels: Uint8Array;
      readonly bytes: number;
    }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'set aside'; readonly entry: SetAside; readonly bytes: number };

/** Reads and decodes one file; runs many at a time. */
async function prepare(
  entry: ImageRecord | RefusedFile,
  ingester: Ingester,
  decoding: DecodeOptions,
): Promise<Outcome> {
  const { id } = entry;
  if ('refused' in entry)
    return { kind: 'set aside', entry: { id, reason: entry.refused }, bytes: 0 };
  if (ingester.has(id)) return { kind: 'skipped' };
  let source: Uint8Array | undefined;
  try {
    source = await readFile(entry.path);
    const pixels = await decodeImage(source, decoding);
    return { kind: 'decoded', record: entry, pixels, bytes: source.length };
  } catch (error) {
    // A file that can't be read is set aside like one that can't be decoded.
    if (source !== undefined && !(error instanceof ImageError)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'set aside', entry: { id, reason }, bytes: source?.length ?? 0 };
  }
}

async function take(
  outcome: Outcome,
  ingester: Ingester,
  tally: { added: number; skipped: number; bytes: number; setAside: SetAside[] },
): Promise<void> {
  if (outcome.kind === 'skipped') {
    tally.skipped++;
    return;
  }
  tally.bytes += outcome.bytes;
  if (outcome.kind === 'set aside') {
    tally.setAside.push(outcome.entry);
    return;
  }
  const { id, className } = outcome.record;
  await ingester.append({ id, className, pixels: outcome.pixels });
  tally.added++;
}

/** Decoded images that wait for their turn take no more than this, beyond one for each core. */
const aheadBytes = 2 ** 26;

function parallelism({ settings }: Ingester): { concurrency: number; ahead: number } {
  const concurrency = availableParallelism();
  const imageBytes = settings.height * settings.width * 4;
  const fitting = Math.floor(aheadBytes / imageBytes);
  return { concurrency, ahead: Math.max(concurrency, Math.min(8 * concurrency, fitting)) };
}
