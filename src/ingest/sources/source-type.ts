import type { SourceType } from './source-options.js';

const endings: readonly (readonly [RegExp, SourceType])[] = [
  [/\.(csv|tsv)$/i, 'csv'],
  [/\.(jsonl|ndjson)$/i, 'jsonl'],
  [/\.(parquet|pq)$/i, 'parquet'],
  [/\.(tar|tar\.gz|tgz)$/i, 'tar'],
  [/\.(h5|hdf5|hdf|he5)$/i, 'hdf5'],
  [/\.npy$/i, 'npy'],
  [/\.npz$/i, 'npz'],
];

export const sourceTypes: readonly SourceType[] = [
  'folder',
  'csv',
  'jsonl',
  'parquet',
  'tar',
  'hdf5',
  'npy',
  'npz',
];

/** What a file is, by its name; `undefined` if that doesn't tell. */
export function sourceTypeOf(name: string): SourceType | undefined {
  return endings.find(([ending]) => ending.test(name))?.[1];
}
