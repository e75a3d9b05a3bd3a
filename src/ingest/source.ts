import type { Channels } from './decode.js';
import type { PixelArray, PixelDtype } from './pixel-types.js';
import type { ColumnType, ColumnValue } from './value-columns.js';

/** One image of a source, not yet read; or already decoded. */
export type SourceRecord = EncodedRecord | PixelRecord;

interface RecordFacts {
  /** Names the image in the file; of two records with the same id the first counts. */
  readonly id: string;
  /** Its class, by name: numbered when first met. Neither this nor `label`: no class, label -1. */
  readonly className?: string | undefined;
  /** Its class, by number: stored as it is. */
  readonly label?: number | undefined;
  /** What belongs in `/columns`, by name. */
  readonly columns?: Readonly<Record<string, ColumnValue>> | undefined;
  /** Where it came from, for messages: `labels.csv, line 12`. */
  readonly place?: string | undefined;
}

/** An image as a file has it: JPEG, PNG, anything that sharp reads. */
export interface EncodedRecord extends RecordFacts {
  /** The encoded image; called at most once. */
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
  /** Bytes that `bytes` will give, if that can be told ahead: it waits until there is room. */
  readonly size?: (() => number | Promise<number>) | undefined;
  /** Bytes that the record holds in memory until it is taken; default 0. */
  readonly held?: number | undefined;
}

/** An image as an array. */
export interface PixelRecord extends RecordFacts {
  /** `height × width × channels` elements, interleaved; not changed until the record is taken. */
  readonly pixels: PixelArray;
  /** `[height, width, channels]` of `pixels`; default: as the file has it. */
  readonly shape?: readonly [height: number, width: number, channels: number] | undefined;
}

/** A record that the rules of the source leave out, with the reason. */
export interface RefusedRecord {
  readonly id: string;
  readonly refused: string;
  readonly place?: string | undefined;
}

/** Where images come from: an iterable of records, and what is known of them before they come. */
export interface IngestSource {
  /** What messages call it: the path of a folder or file. */
  readonly name: string;
  /** Records that will come, if that is known. */
  readonly count?: number | undefined;
  /** Classes to be numbered ahead of the first image, in this order. */
  readonly classes?: readonly string[] | undefined;
  /** The columns of every record, in this order; default: as in the first record. */
  readonly columns?: Readonly<Record<string, ColumnType>> | undefined;
  /** What a new file is to be like, unless the caller says otherwise. */
  readonly settings?: SourceSettings | undefined;
  /** The records, always in the same order: an interrupted ingest goes on by their ids. */
  records(): AsyncIterable<SourceRecord | RefusedRecord>;
}

export interface SourceSettings {
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  readonly channels?: Channels | undefined;
  readonly dtype?: PixelDtype | undefined;
}
