/** What the two readers are asked and answer, as JSON. */

export interface H5pyAnswer {
  /** Why h5py doesn't open the file, or stopped listing it. */
  readonly error?: string;
  readonly datasets: readonly H5pyDataset[];
}

/** A dataset, or what isn't readable and might be one. */
export interface H5pyDataset {
  readonly path: string;
  readonly link: 'hard' | 'soft' | 'external' | 'user-defined';
  /** `null` is a null dataspace. */
  readonly shape?: readonly number[] | null;
  /** SHA-256 of the values as little-endian numbers; `null` where they aren't numbers. */
  readonly digest?: string | null;
  /** The rows that the digest is of, stop not included; without it, all. */
  readonly ranges?: readonly (readonly [number, number])[];
  readonly error?: string;
}

export interface FastLaneRequest {
  readonly file: string;
  readonly datasets: readonly Pick<H5pyDataset, 'path' | 'ranges'>[];
}

export interface FastLaneAnswer {
  /** The paths of the datasets that hard links lead to, or why they can't be listed. */
  readonly listed: readonly string[] | FastLaneError;
  /** In the order of the request. */
  readonly datasets: readonly FastLaneDataset[];
}

export type FastLaneDataset = FastLaneValues | FastLaneError;

export interface FastLaneValues {
  readonly shape: readonly number[];
  readonly digest: string;
  /** The kind of its chunk index. */
  readonly index: string;
}

export interface FastLaneError {
  /** The tag of a `PlanefeedError`; `null` is any other error: a bug. */
  readonly error: string | null;
  readonly message: string;
  readonly feature?: string;
}
