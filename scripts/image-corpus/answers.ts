/** What the two decoders are asked and answer, as JSON. */

interface Size {
  readonly height: number;
  readonly width: number;
}

export interface PixelRequest {
  readonly file: string;
  /** Where the pixels go. */
  readonly out: string;
  /** The size to decode to; default: the image's own. */
  readonly size?: Size;
}

export interface PillowFacts extends Size {
  readonly format: string;
  /** Pillow's mode of the file: `CMYK`. */
  readonly mode: string;
  readonly profile: boolean;
  readonly alpha?: true;
  /** It is an AVIF that doesn't say how its colours are coded. */
  readonly unspecified?: boolean;
  /** Why the profile wasn't applied. */
  readonly profileError?: string;
}

export type PillowAnswer = PillowFacts | { readonly error: string };

export type OurAnswer =
  | Size
  /** Why it is set aside. */
  | { readonly reason: string }
  /** An error that isn't the project's. */
  | { readonly bug: string };

export interface IngestRequest {
  readonly directory: string;
  readonly names: readonly string[];
  /** The HDF5 file to write; it is removed again. */
  readonly target: string;
}

export type IngestAnswer =
  | {
      readonly added: number;
      readonly setAside: readonly { readonly id: string; readonly reason: string }[];
      /** The most memory that the process ever had. */
      readonly peakBytes: number;
    }
  /** The ingest failed. */
  | { readonly bug: string };
