import type { IngesterOptions } from './ingester.js';
import type { SourceRecord } from './source.js';

export interface IngestOptions extends IngesterOptions {
  /** Larger images are set aside before they are decoded; default 16,384 × 16,384. */
  readonly maxPixels?: number | undefined;
  /**
   * What becomes of a record that can't be taken: it is set aside, or the ingest stops at a commit
   * with an `ImageError`. Default `set-aside`.
   */
  readonly onError?: 'set-aside' | 'stop' | undefined;
  /** A folder that gets copies of what is set aside, each with its reason. Default: none. */
  readonly quarantine?: string | undefined;
  /**
   * What becomes of an animation, or a file of several pages: its first picture is the image, or
   * each picture is one of its own, with the ids `id#0`, `id#1` and so on. Default `first`.
   */
  readonly frames?: 'first' | 'all' | undefined;
  /**
   * Bytes that the process may take. Images are decoded as many at a time as there is room for; one
   * that needs more is set aside. Default 512 MiB, of which 160 MiB are for all but images.
   */
  readonly memoryLimit?: number | undefined;
  /** Ends the ingest at a commit: what is complete stays, then the promise rejects. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: IngestProgress) => void) | undefined;
}

export interface IngestProgress {
  /** Records that the source has; `undefined` where that isn't known ahead. */
  readonly total: number | undefined;
  /**
   * Records dealt with: `added + skipped + duplicates + setAside`, but for those that were several
   * images.
   */
  readonly done: number;
  /** Images appended; those after the last commit aren't in the file for good yet. */
  readonly added: number;
  /** Images whose id was in the file already. */
  readonly skipped: number;
  /** Images left out because their pixels are in already; only with `dedupe`. */
  readonly duplicates: number;
  /** Records left out because they are no image, broken, or refused by a rule. */
  readonly setAside: number;
  /** Images in the file for good, earlier ones included. */
  readonly committed: number;
  /** Bytes of images read. */
  readonly bytes: number;
}

/** A record that isn't in, and why. */
export interface SetAside {
  readonly id: string;
  readonly reason: string;
  /** Where in the source it is, if that isn't what the id says: `labels.csv, line 12`. */
  readonly place?: string;
}

/** An image whose pixels are those of another one, which is in. */
export interface Duplicate {
  readonly id: string;
  readonly of: string;
}

export interface IngestReport {
  readonly file: string;
  /** Images in the file, earlier ones included. */
  readonly images: number;
  readonly added: number;
  readonly skipped: number;
  /** Images left out with `dedupe`. */
  readonly duplicates: readonly Duplicate[];
  readonly setAside: readonly SetAside[];
  /** The names of the classes; their places are the labels. */
  readonly classes: readonly string[];
  readonly bytes: number;
  readonly seconds: number;
}

/** Anything that gives records, one after the other. */
export type Records = Iterable<SourceRecord> | AsyncIterable<SourceRecord>;
