import type { DatasetLayout } from '../../chunking/dataset-layout.js';
import { isPlugin, refusePlugins } from '../../chunking/filters/registered-filters.js';
import { openDataset } from '../../chunking/open-dataset.js';
import { readRows } from '../../chunking/read-rows.js';
import { InvalidOptionError, NotFoundError, UnsupportedLayoutError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { openH5 } from '../../storage/h5.js';
import { inflate } from '../../storage/inflate.js';
import type { Column } from '../columns.js';

const DEFAULT_COLUMNS = { label: '/labels' };

/**
 * Reads the columns that batches will carry. Numbers come by the fast lane where it can, strings and
 * the rest through h5wasm.
 *
 * @param rows of the image dataset: each column must have as many
 */
export async function openColumns(
  source: ByteSource,
  wanted: Readonly<Record<string, string>> | undefined,
  rows: number,
): Promise<Record<string, Column>> {
  const columns: Record<string, Column> = {};
  for (const [name, path] of Object.entries(wanted ?? DEFAULT_COLUMNS)) {
    try {
      columns[name] = await openColumn(source, path);
    } catch (error) {
      // Only the default may be missing: what the user names must be there.
      if (wanted === undefined && error instanceof NotFoundError) continue;
      throw error;
    }
    checkRows(columns[name], source.name, rows);
  }
  return columns;
}

async function openColumn(source: ByteSource, path: string): Promise<Column> {
  let layout: DatasetLayout | undefined;
  try {
    layout = await openDataset(source, path);
    const rows = layout.shape[0] ?? 0;
    const values = await readRows(source, layout, inflate, 0, rows);
    return { path, values, width: layout.shape.slice(1).reduce((a, b) => a * b, 1) };
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError) || layout?.filters.some(isPlugin)) throw error;
    return readByH5wasm(source.name, path);
  }
}

async function readByH5wasm(file: string, path: string): Promise<Column> {
  await using h5 = await openH5(file, 'r');
  const { dtype, shape, filters } = h5.dataset(path);
  refusePlugins(filters, { file, dataset: path });
  if (shape === null || shape.length === 0) {
    throw new InvalidOptionError('Expected a column with a row for each image, got a scalar', {
      place: { file, dataset: path },
    });
  }
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  const values =
    dtype === 'string'
      ? h5.readStrings(path)
      : h5.readSlice(
          path,
          shape.map(() => 0),
          shape,
        );
  return { path, values, width };
}

function checkRows({ path, values, width }: Column, file: string, rows: number): void {
  const got = values.length / Math.max(1, width);
  if (got === rows) return;
  throw new InvalidOptionError(
    `Expected a column with a row for each of the ${rows} images, got ${got} rows`,
    {
      place: { file, dataset: path },
      advice: 'Name the columns wanted with `columns`; none: `columns: {}`',
    },
  );
}
