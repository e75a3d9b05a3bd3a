/** How a new dataset is stored, whatever its elements are. */
export interface NewStorage {
  /** `[]` is a scalar. */
  readonly shape: readonly number[];
  /** `null` is unlimited; default: the shape, fixed. */
  readonly maxShape?: readonly (number | null)[];
  /** Default: not chunked. */
  readonly chunkShape?: readonly number[];
  /** Deflate level 1–9; default none. */
  readonly gzip?: number;
}

/** The same as h5wasm takes it. */
export interface StorageMetadata {
  readonly shape: bigint[];
  readonly maxshape: bigint[];
  readonly chunks: bigint[] | null;
  readonly compression: number;
  readonly compression_opts: number[];
  readonly track_order: false;
}

/** The registered filter number of gzip. */
const deflate = 1;
/** H5S_UNLIMITED of H5Spublic.h. */
const unlimited = 2n ** 64n - 1n;

export function storageMetadata(storage: NewStorage): StorageMetadata {
  const { shape, maxShape = shape, chunkShape, gzip } = storage;
  return {
    shape: shape.map(BigInt),
    maxshape: maxShape.map((length) => (length === null ? unlimited : BigInt(length))),
    chunks: chunkShape?.map(BigInt) ?? null,
    compression: gzip === undefined ? 0 : deflate,
    compression_opts: gzip === undefined ? [] : [gzip],
    track_order: false,
  };
}
