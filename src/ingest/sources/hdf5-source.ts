import path from 'node:path';
import { InvalidOptionError, NotFoundError, UnsupportedLayoutError } from '../../errors.js';
import { openDataset } from '../../reader/open-dataset.js';
import type { DatasetInfo, H5File } from '../../storage/h5.js';
import { openH5 } from '../../storage/h5.js';
import type { PixelArray, PixelDtype } from '../pixel-types.js';
import type { IngestSource, SourceRecord } from '../source.js';
import type { ColumnType, ColumnTypes, ColumnValue } from '../value-columns.js';
import { numberOf, textOf, toColumnValue } from './cell.js';
import type { ImageAxes } from './image-axes.js';
import { imageAxes } from './image-axes.js';
import type { SourceOptions } from './source-options.js';

/** Images read at once. */
const blockBytes = 2 ** 24;

const pixelBytes: Readonly<Record<string, number>> = { uint8: 1, uint16: 2, float32: 4 };

/** A column of an HDF5 file, by row. */
interface Hdf5Column {
  readonly path: string;
  /** Names of its numbers, as labels and categories have them. */
  readonly names: readonly string[] | undefined;
}

interface Hdf5Images {
  readonly file: string;
  readonly h5: H5File;
  readonly path: string;
  readonly info: DatasetInfo;
  readonly axes: ImageAxes;
  readonly label: Hdf5Column | undefined;
  readonly ids: Hdf5Column | undefined;
  readonly columns: ReadonlyMap<string, Hdf5Column & { readonly type: ColumnType }>;
}

/**
 * The images of another HDF5 file, whatever its layout: a dataset of rank 3 or 4, with row-aligned
 * labels, ids and columns. What planefeed wrote is taken over whole.
 */
export async function openHdf5(file: string, options: SourceOptions): Promise<IngestSource> {
  await using h5 = await openH5(file, 'r');
  const found = findImages(h5, file, options);
  const { axes, columns, label } = found;
  const types = Object.fromEntries([...columns].map(([name, { type }]) => [name, type]));
  const { count, height, width, channels } = axes;
  return {
    name: file,
    count,
    settings: { height, width, channels, dtype: found.info.dtype as PixelDtype },
    columns: types,
    classes: label?.names,
    records: async function* () {
      await using again = await openH5(file, 'r');
      yield* recordsOf({ ...found, h5: again }, types);
    },
  };
}

function findImages(h5: H5File, file: string, options: SourceOptions): Hdf5Images {
  const image = options.imageColumn ?? findImageDataset(h5, file);
  const info = datasetAt(h5, file, image);
  if (pixelBytes[info.dtype] === undefined) {
    throw new InvalidOptionError(
      `Expected pixels of uint8, uint16 or float32, found ${info.dtype}`,
      { place: { file, dataset: image } },
    );
  }
  const axes = imageAxes(info.shape ?? [], options.axes, image);
  const column = (name: string): Hdf5Column => {
    const { shape } = datasetAt(h5, file, name);
    if (shape?.length !== 1 || shape[0] !== axes.count) {
      throw new InvalidOptionError(
        `Expected a column of ${axes.count} rows, found shape [${String(shape)}]`,
        { place: { file, dataset: name } },
      );
    }
    const names = h5.readAttribute(name, 'names');
    return { path: name, names: Array.isArray(names) ? names.map(textOf) : undefined };
  };
  const usual = (asked: string | undefined, name: string): Hdf5Column | undefined => {
    if (asked !== undefined) return column(asked);
    return h5.kindOf(name) === 'dataset' ? column(name) : undefined;
  };
  const label =
    options.labelColumn === false ? undefined : usual(options.labelColumn, labelsBeside(h5, image));
  const ids = usual(options.idColumn, '/ids');
  const columns = new Map(
    columnPaths(h5, options).map(([at, wanted]) => {
      const found = column(at);
      const type = wanted === 'auto' ? typeIn(h5, found) : wanted;
      return [at.slice(at.lastIndexOf('/') + 1), { ...found, type }];
    }),
  );
  return { file, h5, path: image, info, axes, label, ids, columns };
}

/** `/images`, or the only dataset that images can be in. */
function findImageDataset(h5: H5File, file: string): string {
  if (h5.kindOf('/images') === 'dataset') return '/images';
  const candidates = h5
    .tree()
    .filter(({ kind }) => kind === 'dataset')
    .map((entry) => entry.path)
    .filter((at) => [3, 4].includes(h5.dataset(at).shape?.length ?? 0));
  if (candidates.length === 1) return candidates[0]!;
  throw new InvalidOptionError(
    `Expected one dataset of 3 or 4 dimensions, found ${candidates.length}`,
    {
      place: { file },
      advice:
        candidates.length === 0
          ? 'Choose a file with images in it'
          : `Name the images with the option imageColumn (--image-column): ${candidates.slice(0, 20).join(', ')}`,
    },
  );
}

/** `/labels`, or `/train/y` of `/train/x`. */
function labelsBeside(h5: H5File, image: string): string {
  const folder = image.slice(0, image.lastIndexOf('/') + 1);
  const name = image.slice(folder.length);
  const partner = folder + name.replace(/^x/, 'y').replace(/^X/, 'Y').replace('image', 'label');
  return partner !== image && h5.kindOf(partner) === 'dataset' ? partner : '/labels';
}

function datasetAt(h5: H5File, file: string, at: string): DatasetInfo {
  if (h5.kindOf(at) === 'dataset') return h5.dataset(at);
  throw new NotFoundError('Expected a dataset, found none', { place: { file, dataset: at } });
}

/** Columns are named by their paths, or as planefeed's own are: `weight` for `/columns/weight`. */
function columnPaths(h5: H5File, { columns }: SourceOptions): [string, ColumnType | 'auto'][] {
  if (columns === undefined) {
    if (h5.kindOf('/columns') !== 'group') return [];
    return h5.names('/columns').map((name) => [`/columns/${name}`, 'auto']);
  }
  return Object.entries(columns).map(([name, type]) => {
    const own = `/columns/${name}`;
    const at = name.startsWith('/') ? name : h5.kindOf(own) === undefined ? `/${name}` : own;
    return [at, type];
  });
}

function typeIn(h5: H5File, { path: at, names }: Hdf5Column): ColumnType {
  if (names !== undefined) return 'category';
  const { dtype } = h5.dataset(at);
  if (dtype === 'string') return 'string';
  return ['int8', 'uint8', 'int16', 'uint16', 'int32'].includes(dtype) ? 'int32' : 'float64';
}

async function* recordsOf(images: Hdf5Images, types: ColumnTypes): AsyncGenerator<SourceRecord> {
  const { file, h5, axes, label, ids } = images;
  const base = path.basename(file);
  const step = blockRows(images);
  const readPixels = await pixelReader(images);
  try {
    for (let start = 0; start < axes.count; start += step) {
      const count = Math.min(step, axes.count - start);
      const pixels = await readPixels.read(start, count);
      const labels = label === undefined ? undefined : readColumn(h5, label, start, count);
      const names = ids === undefined ? undefined : readColumn(h5, ids, start, count);
      const columns = [...images.columns].map(
        ([name, column]) => [name, readColumn(h5, column, start, count)] as const,
      );
      for (let i = 0; i < count; i++) {
        const row = Object.fromEntries(
          columns.map(([name, values]): [string, ColumnValue] => [
            name,
            toColumnValue(types[name]!, values[i], false),
          ]),
        );
        yield {
          id: names === undefined ? `${base}#${start + i}` : textOf(names[i]),
          place: `${base}, row ${start + i}`,
          ...(labels === undefined ? {} : labelOf(labels[i])),
          columns: row,
          pixels: axes.interleave(pixels.subarray(i * axes.elements, (i + 1) * axes.elements)),
          shape: axes.shape,
        };
      }
    }
  } finally {
    await readPixels.close();
  }
}

/** Whole chunks, where one isn't too large. */
function blockRows({ axes, info }: Hdf5Images): number {
  const imageBytes = axes.elements * pixelBytes[info.dtype]!;
  const fitting = Math.max(1, Math.floor(blockBytes / Math.max(1, imageBytes)));
  const chunk = info.chunkShape?.[0] ?? 1;
  return chunk >= fitting ? chunk : fitting - (fitting % chunk);
}

interface PixelReader {
  read(start: number, count: number): Promise<PixelArray>;
  close(): Promise<void>;
}

/** Our own reader knows more filters; the library more layouts. */
async function pixelReader({ file, h5, path: at, info }: Hdf5Images): Promise<PixelReader> {
  try {
    const dataset = await openDataset(path.resolve(file), at);
    return {
      read: async (start, count) => (await dataset.read(start, start + count)).data as PixelArray,
      close: () => dataset.close(),
    };
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError)) throw error;
  }
  const rest = info.shape!.slice(1);
  return {
    read: (start, count) => {
      const box = h5.readSlice(at, [start, ...rest.map(() => 0)], [count, ...rest]);
      return Promise.resolve(box as PixelArray);
    },
    close: () => Promise.resolve(),
  };
}

/** Numbers, strings, or the names of numbers; `-1` and what else has no name stays a number. */
function readColumn(
  h5: H5File,
  { path: at, names }: Hdf5Column,
  start: number,
  count: number,
): (string | number)[] {
  if (h5.dataset(at).dtype === 'string') return h5.readStrings(at, start, count);
  const values = Array.from<number | bigint>(
    h5.readSlice(at, [start], [count]) as ArrayLike<number>,
  );
  return values.map((value) => names?.[Number(value)] ?? Number(value));
}

function labelOf(value: string | number | undefined): { className?: string; label?: number } {
  if (typeof value === 'string') return { className: value };
  const label = numberOf(value, false);
  return label === undefined ? {} : { label };
}
