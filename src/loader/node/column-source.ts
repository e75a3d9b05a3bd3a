import type { DatasetLayout } from '../../chunking/dataset-layout.js';
import { isPlugin, refusePlugins } from '../../chunking/filters/registered-filters.js';
import type { OpenDataset } from '../../chunking/open-dataset.js';
import { rowReader } from '../../chunking/read-rows.js';
import { InvalidOptionError, NotFoundError, UnsupportedLayoutError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { openH5, type H5File } from '../../storage/h5.js';
import { inflate } from '../../storage/inflate.js';
import type { ColumnRows, ColumnValue, OpenRows } from '../column-rows.js';

/** The columns of a file, to decide which images are loaded and in which order. */
export interface ColumnSource {
  readonly openRows: OpenRows;
  /** Ends what reading took: columns opened can't be read any more. */
  close(): Promise<void>;
}

/** Columns that files of planefeed's own have, by the names that batches know them by. */
const OWN_COLUMNS = new Map([
  ['label', '/labels'],
  ['id', '/ids'],
]);

/**
 * Finds columns by path (it starts with `/`), by the name that the loader option `columns` gives them,
 * as `label` and `id`, or by the name of the dataset, also of one in `/columns`.
 *
 * @param rows that a column has at least
 */
export function columnSource(
  source: ByteSource,
  openDataset: OpenDataset,
  columns: Readonly<Record<string, string>> | undefined,
  rows: number,
): ColumnSource {
  const named = new Map([...OWN_COLUMNS, ...Object.entries(columns ?? {})]);
  let opened: Promise<H5File> | undefined;
  const h5 = (): Promise<H5File> => (opened ??= openH5(source.name, 'r'));
  return {
    async openRows(name) {
      const known = named.get(name) ?? (name.startsWith('/') ? name : undefined);
      const open = async (path: string): ReturnType<OpenRows> => ({
        ...(await rowsOf(source, openDataset, path, rows, h5)),
        path,
        classNames: () => names(h5, path),
      });
      try {
        return await (known === undefined
          ? firstOf([`/${name}`, `/columns/${name}`], open)
          : open(known));
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
        throw new NotFoundError(`There is no column \`${name}\`: ${error.reason}`, {
          place: error.place,
          advice: 'A column is named by its path, or as in the loader option `columns`',
          cause: error,
        });
      }
    },
    async close() {
      await (await opened)?.close();
    },
  };
}

/** What an ingest keeps beside the images is in `/columns`. */
async function firstOf<T>(
  [path, other]: readonly [string, string],
  open: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await open(path);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // What is said is that there is none at all.
    return open(other).catch((missing: unknown) => {
      throw missing instanceof NotFoundError ? error : missing;
    });
  }
}

type Rows = Pick<ColumnRows, 'kind' | 'read'>;

/** Numbers come by the fast lane where it can, strings and the rest through h5wasm. */
async function rowsOf(
  source: ByteSource,
  openDataset: OpenDataset,
  path: string,
  rows: number,
  h5: () => Promise<H5File>,
): Promise<Rows> {
  let layout: DatasetLayout | undefined;
  try {
    layout = await openDataset(path);
    checkShape(source.name, path, layout.shape, rows);
    return {
      kind: layout.type.kind !== 'f' && layout.type.size === 8 ? 'bigint' : 'number',
      read: rowReader(source, layout, inflate),
    };
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError) || layout?.filters.some(isPlugin)) throw error;
    return rowsByH5wasm(await h5(), path, rows);
  }
}

function rowsByH5wasm(h5: H5File, path: string, rows: number): Rows {
  const { dtype, shape, filters } = h5.dataset(path);
  refusePlugins(filters, { file: h5.path, dataset: path });
  checkShape(h5.path, path, shape ?? [], rows);
  if (dtype === 'string') {
    return {
      kind: 'string',
      read: (start, stop) => Promise.resolve(h5.readStrings(path, start, stop - start)),
    };
  }
  return {
    kind: dtype.endsWith('int64') ? 'bigint' : 'number',
    read: (start, stop) => {
      const starts = (shape ?? []).map((_, axis) => (axis === 0 ? start : 0));
      const counts = (shape ?? []).map((_, axis) => (axis === 0 ? stop - start : 1));
      return Promise.resolve(h5.readSlice(path, starts, counts) as ArrayLike<ColumnValue>);
    },
  };
}

function checkShape(file: string, path: string, shape: readonly number[], rows: number): void {
  const [length, ...width] = shape;
  if (length !== undefined && length >= rows && width.every((n) => n === 1)) return;
  throw new InvalidOptionError(
    `Expected a column with one value for each of the ${rows} images, got the shape [${shape.join(', ')}]`,
    { place: { file, dataset: path } },
  );
}

async function names(
  h5: () => Promise<H5File>,
  path: string,
): Promise<readonly string[] | undefined> {
  const found = (await h5()).readAttribute(path, 'names');
  return Array.isArray(found) ? found.map(String) : undefined;
}
