import { setImmediate } from 'node:timers/promises';
import type { DatasetLayout } from '../../chunking/dataset-layout.js';
import { isPlugin, refusePlugins } from '../../chunking/filters/registered-filters.js';
import type { OpenDataset } from '../../chunking/open-dataset.js';
import { InvalidOptionError, NotFoundError, UnsupportedLayoutError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { openH5 } from '../../storage/h5.js';
import { columnOf, type Column } from '../columns.js';
import { cacheRows } from '../row-cache.js';
import { steadily } from './steadily.js';
import { storedRows } from './stored-rows.js';

const DEFAULT_COLUMNS = { label: '/labels' };

/** A dataset, and which of its axes counts images. */
export interface ImageAxis {
  readonly path: string;
  readonly axis: number;
}

/** Of each column of numbers that is kept in memory. */
const KEPT_BYTES = 32 * 2 ** 20;

/**
 * Opens the columns that batches will carry. Numbers are read where batches need them, by the fast lane
 * where it can; strings and the rest are read here, through h5wasm.
 *
 * @param rows of the image dataset: each column must have as many
 * @param images where the images are
 */
export async function openColumns(
  source: ByteSource,
  openDataset: OpenDataset,
  wanted: Readonly<Record<string, string>> | undefined,
  rows: number,
  images: ImageAxis,
): Promise<Record<string, Column>> {
  const columns: Record<string, Column> = {};
  for (const [name, path] of Object.entries(wanted ?? DEFAULT_COLUMNS)) {
    try {
      columns[name] = await openColumn(source, openDataset, path, rows, images);
    } catch (error) {
      // Only the default may be missing: what the user names must be there.
      if (wanted === undefined && error instanceof NotFoundError) continue;
      throw error;
    }
  }
  return columns;
}

/** Paths of the columns wanted. */
export function columnPaths(wanted: Readonly<Record<string, string>> | undefined): string[] {
  return Object.values(wanted ?? DEFAULT_COLUMNS);
}

async function openColumn(
  source: ByteSource,
  openDataset: OpenDataset,
  path: string,
  rows: number,
  images: ImageAxis,
): Promise<Column> {
  let layout: DatasetLayout | undefined;
  try {
    layout = await openDataset(path);
    expectRows(layout.shape, rows, source.name, path);
    const stored = await storedRows(source, layout);
    return { path, width: stored.width, gather: cacheRows(stored, KEPT_BYTES, setImmediate) };
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError) || layout?.filters.some(isPlugin)) throw error;
    return steadily(source, () => readByH5wasm(source, images, path, rows));
  }
}

async function readByH5wasm(
  source: ByteSource,
  { path: images, axis }: ImageAxis,
  path: string,
  rows: number,
): Promise<Column> {
  const { name: file } = source;
  await using h5 = await openH5(file, 'r');
  const { dtype, shape, filters } = h5.dataset(path);
  refusePlugins(filters, { file, dataset: path });
  if (shape === null || shape.length === 0) {
    throw new InvalidOptionError('Expected a column with a row for each image, got a scalar', {
      place: { file, dataset: path },
    });
  }
  // Rows that were committed since belong to images that were, too.
  const imagesNow = h5.dataset(images).shape?.[axis];
  if (imagesNow === undefined || shape[0] !== imagesNow || rows > imagesNow)
    expectRows(shape, rows, file, path);
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  const values =
    dtype === 'string'
      ? h5.readStrings(path)
      : h5.readSlice(
          path,
          shape.map(() => 0),
          shape,
        );
  return columnOf(path, width, values);
}

function expectRows(shape: readonly number[], rows: number, file: string, path: string): void {
  const got = shape[0] ?? 0;
  if (got === rows) return;
  throw new InvalidOptionError(
    `Expected a column with a row for each of the ${rows} images, got ${got} rows`,
    {
      place: { file, dataset: path },
      advice: 'Name the columns wanted with `columns`; none: `columns: {}`',
    },
  );
}
