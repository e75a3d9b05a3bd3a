import fs from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { InvalidOptionError, NotFoundError, PlanefeedError, StorageError } from '../../errors.js';
import type { IngestSource, RefusedRecord, SourceRecord } from '../source.js';
import { chainSources } from './chain-sources.js';
import { expandNames } from './expand-names.js';
import { openManifest } from './manifest.js';
import type { SourceOptions, SourceType } from './source-options.js';
import { sourceTypeOf } from './source-type.js';

/**
 * Opens a folder or file of images, or several, whatever their kind, for `ingest`:
 *
 * - a folder, whose sub-folders are the classes;
 * - a table with a row for each image: CSV (also with semicolons or tabs), JSON Lines, Parquet;
 * - shards of WebDataset: `.tar`, `.tar.gz`, `.tgz`;
 * - arrays: `.npy`, `.npz`; another HDF5 file.
 *
 * @param paths with braces or stars for several: `train-{000..099}.tar`, `data/*.parquet`
 * @throws NotFoundError when there is no such file, or column; InvalidOptionError when its kind
 *   isn't known, or a package is missing that it needs; CorruptFileError when it is damaged;
 *   StorageError when it can't be read
 * @example
 * const source = await openSource('labels.csv', { labelColumn: 'breed' });
 * await ingest(source, 'dogs.h5', { height: 64, width: 64 });
 */
export async function openSource(
  paths: string | readonly string[],
  options: SourceOptions = {},
): Promise<IngestSource> {
  const names: string[] = [];
  for (const name of typeof paths === 'string' ? [paths] : paths) {
    names.push(...(fs.existsSync(name) ? [name] : await expandNames(name)));
  }
  const sources: IngestSource[] = [];
  for (const name of names) sources.push(await openOne(name, options));
  return chainSources(sources);
}

async function openOne(file: string, options: SourceOptions): Promise<IngestSource> {
  try {
    const type = await requireType(file, options);
    if (type !== 'folder') await refuseOwnTarget(file, options);
    const source = await opened(type, file, options);
    return { ...source, records: () => located(source, file) };
  } catch (error) {
    throw asStorageError(error, file);
  }
}

/** Each kind is loaded when it is used: most need a library of their own. */
async function opened(
  type: SourceType,
  file: string,
  options: SourceOptions,
): Promise<IngestSource> {
  switch (type) {
    case 'folder':
      return (await import('../image-folder.js')).openImageFolder(file, options);
    case 'csv':
      return openManifest(await (await import('./csv.js')).openCsv(file), options);
    case 'jsonl':
      return openManifest(await (await import('./json-lines.js')).openJsonLines(file), options);
    case 'parquet':
      return openManifest(await (await import('./parquet.js')).openParquet(file), options);
    case 'tar':
      return (await import('./webdataset.js')).openWebDataset(file, options);
    case 'hdf5':
      return (await import('./hdf5-source.js')).openHdf5(file, options);
    case 'npy':
      return (await import('./npy-source.js')).openNpy(file, options);
    case 'npz':
      return (await import('./npz-source.js')).openNpz(file, options);
  }
}

async function requireType(file: string, { type }: SourceOptions): Promise<SourceType> {
  const found = await stat(file);
  if (found.isDirectory()) {
    if (type === undefined || type === 'folder') return 'folder';
    throw new NotFoundError(`Expected a file of type ${type}, found a folder`, { place: { file } });
  }
  if (type === 'folder') {
    throw new NotFoundError('Expected a folder of images, found none', { place: { file } });
  }
  if (!found.isFile()) {
    throw new InvalidOptionError('Expected a folder or a regular file', { place: { file } });
  }
  const known = type ?? sourceTypeOf(file);
  if (known !== undefined) return known;
  throw new InvalidOptionError('Expected a source whose kind its name tells', {
    place: { file },
    advice:
      'Say it with the option type (--source-type): folder, csv, jsonl, parquet, tar, hdf5, npy or npz',
  });
}

async function refuseOwnTarget(file: string, { except }: SourceOptions): Promise<void> {
  if (except === undefined || !fs.existsSync(except)) return;
  if ((await realpath(file)) !== (await realpath(except))) return;
  throw new InvalidOptionError('The source is the file that is to be written', { place: { file } });
}

async function* located(
  source: IngestSource,
  file: string,
): AsyncGenerator<SourceRecord | RefusedRecord> {
  try {
    yield* source.records();
  } catch (error) {
    throw asStorageError(error, file);
  }
}

/** What Node says of a file that is missing or can't be read. */
function asStorageError(error: unknown, file: string): unknown {
  if (error instanceof PlanefeedError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const place = { file };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new NotFoundError('Expected images, found no such file or folder', {
      place,
      cause: error,
    });
  }
  return new StorageError(`Could not read the source: ${(error as Error).message}`, {
    place,
    cause: error,
  });
}
