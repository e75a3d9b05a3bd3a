import type { ColumnType } from '../value-columns.js';

/** What a source is: how its files are read. */
export type SourceType = 'folder' | 'csv' | 'jsonl' | 'parquet' | 'tar' | 'hdf5' | 'npy' | 'npz';

export interface SourceOptions {
  /** Default: by the name; a folder is one. */
  readonly type?: SourceType | undefined;
  /**
   * Where the image is. Of a manifest: the column with its path, or with the image itself; of tar
   * shards: the extension of its files; of HDF5 and npz: the array. Default: the usual names.
   */
  readonly imageColumn?: string | undefined;
  /** The same for its class, by name or number; `false`: none. Default: `label`, `class`, `cls`, … */
  readonly labelColumn?: string | false | undefined;
  /** The same for its id. Default: the path; of arrays and the like the source's name and the row. */
  readonly idColumn?: string | undefined;
  /**
   * The same for what goes into `/columns`, with types; `auto`: as the values are. Default: every
   * other column of a manifest or HDF5 file.
   */
  readonly columns?: Readonly<Record<string, ColumnType | 'auto'>> | undefined;
  /** Of a manifest: the folder that paths start from, and must not leave. Default: its own. */
  readonly root?: string | undefined;
  /** Dimensions of an array: n image, h height, w width, c channel; default `nhwc`, or `nhw`. */
  readonly axes?: string | undefined;
  /** A file that is no part of a folder: the one being written. */
  readonly except?: string | undefined;
}
