import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ErrorPlace } from '../errors.js';
import { CorruptFileError, InvalidOptionError } from '../errors.js';
import type { Durability, H5File } from '../storage/h5.js';
import { openH5 } from '../storage/h5.js';
import { version } from '../version.js';
import type { Channels, Fit } from './decode.js';
import { channelCount } from './decode.js';
import type { ColumnTypes } from './value-columns.js';
import {
  checkColumnNames,
  createColumns,
  readColumnTypes,
  requireSameColumns,
} from './value-columns.js';

/**
 * The order in which planes lie in the file: `image` puts the planes of one image side by side,
 * `channel` a run of images' first planes, then the run's second planes, and so on.
 */
export type Placement = 'image' | 'channel';

/** What every image of a file has in common. It is stored as attributes of `/images`. */
export interface ImageSettings {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  readonly channels: Channels;
  readonly fit: Fit;
  readonly placement: Placement;
  /** Images in a channel's run; only with placement `channel`. */
  readonly run: number;
}

export const defaultSettings = {
  channels: 'rgb',
  fit: 'cover',
  placement: 'image',
  run: 256,
} as const;

/** Settings as a caller gives them: what is left out is as in the file, or the default. */
export type RequestedSettings = {
  readonly [Name in keyof ImageSettings]?: ImageSettings[Name] | undefined;
};

/** An image file that is open for appending, and what is in it. */
export interface ImageFile {
  readonly h5: H5File;
  readonly settings: ImageSettings;
  readonly ids: ReadonlySet<string>;
  readonly classes: readonly string[];
  readonly columns: ColumnTypes;
}

/**
 * Opens a file for appending images, or creates it.
 *
 * @throws InvalidOptionError before anything is changed, when the file holds other images than
 *   those asked for, or isn't such a file.
 */
export async function openImageFile(
  file: string,
  requested: RequestedSettings,
  columns: ColumnTypes | undefined,
  durability: Durability,
): Promise<ImageFile> {
  if (!fs.existsSync(file)) return createImageFile(file, requested, columns ?? {}, durability);
  // Nobody else can append between the look at the file and what follows from it.
  const h5 = await openH5(file, 'r+', { durability, journal: true });
  try {
    return { h5, ...readImageFile(h5, file, requested, columns) };
  } catch (error) {
    await h5.close();
    throw error;
  }
}

async function createImageFile(
  file: string,
  requested: RequestedSettings,
  columns: ColumnTypes,
  durability: Durability,
): Promise<ImageFile> {
  const { height, width } = requested;
  if (height === undefined || width === undefined) {
    throw new InvalidOptionError('Expected a height and a width for a new file', {
      place: { file },
    });
  }
  const given = Object.entries(requested).filter(([, value]) => value !== undefined);
  const settings = {
    ...defaultSettings,
    ...Object.fromEntries(given),
    height,
    width,
  } as ImageSettings;
  requireRunFits(settings);
  checkColumnNames(columns);
  const h5 = await openH5(file, 'w-', { durability, journal: true });
  try {
    writeStructure(h5, settings);
    createColumns(h5, columns);
    await h5.commit();
  } catch (error) {
    // It was made here and there is nothing in it yet.
    await h5.close();
    await rm(file, { force: true });
    throw error;
  }
  return { h5, settings, ids: new Set(), classes: [], columns };
}

const maxRunBytes = 2 ** 29;

/** A run is held in memory until it is complete. */
function requireRunFits({ height, width, channels, placement, run }: ImageSettings): void {
  const imageBytes = height * width * channelCount[channels];
  if (placement === 'image' || run * imageBytes <= maxRunBytes) return;
  throw new InvalidOptionError(
    `Expected a run of at most ${maxRunBytes} bytes, got ${run} images of ${imageBytes}`,
    { advice: `Choose a run of at most ${Math.floor(maxRunBytes / imageBytes)}` },
  );
}

/** Rows in one chunk of a column: about a page of the disk. */
const rowsPerChunk = { labels: 1024, ids: 256, checksums: 256 };

function writeStructure(h5: H5File, settings: ImageSettings): void {
  const { height, width, channels, fit, placement, run } = settings;
  const c = channelCount[channels];
  h5.createDataset('/images', {
    dtype: 'uint8',
    shape: [0, height, width, c],
    maxShape: [null, height, width, c],
    chunkShape: [1, height, width, 1],
  });
  h5.setDimensionLabels('/images', ['n', 'height', 'width', 'channel']);
  h5.createDataset('/labels', {
    dtype: 'int32',
    shape: [0],
    maxShape: [null],
    chunkShape: [rowsPerChunk.labels],
  });
  h5.createDataset('/ids', {
    dtype: 'string',
    shape: [0],
    maxShape: [null],
    chunkShape: [rowsPerChunk.ids],
  });
  h5.createDataset('/checksums', {
    dtype: 'uint32',
    shape: [0, c],
    maxShape: [null, c],
    chunkShape: [rowsPerChunk.checksums, c],
  });
  h5.writeAttribute('/checksums', 'algorithm', 'crc32');
  h5.writeAttribute('/images', 'size', [height, width]);
  h5.writeAttribute('/images', 'channels', channels);
  h5.writeAttribute('/images', 'colour_space', channels === 'gray' ? 'b-w' : 'srgb');
  h5.writeAttribute('/images', 'fit', fit);
  h5.writeAttribute('/images', 'placement', placement);
  if (placement === 'channel') h5.writeAttribute('/images', 'run', run);
  h5.writeAttribute('/', 'planefeed_version', version);
  h5.writeAttribute('/', 'planefeed_format', formatVersion);
}

/** Grows when an older version of this package could misread a file. */
const formatVersion = 1;

function readImageFile(
  h5: H5File,
  file: string,
  requested: RequestedSettings,
  wanted: ColumnTypes | undefined,
): Omit<ImageFile, 'h5'> {
  const settings = readSettings(h5, file);
  requireSame(settings, requested, file);
  const rows = rowsOf(h5, '/images');
  for (const column of ['/labels', '/ids', '/checksums']) {
    if (rowsOf(h5, column) !== rows) {
      throw new CorruptFileError(
        `Expected ${rows} rows as in /images, found ${rowsOf(h5, column)}`,
        { place: { file, dataset: column } },
      );
    }
  }
  const columns = readColumnTypes(h5, file, rows);
  if (wanted !== undefined) requireSameColumns(columns, wanted, file);
  const classes = (h5.readAttribute('/labels', 'names') ?? []) as string[];
  return { settings, ids: new Set(h5.readStrings('/ids')), classes, columns };
}

function rowsOf(h5: H5File, column: string): number {
  return h5.dataset(column).shape?.[0] ?? 0;
}

function readSettings(h5: H5File, file: string): ImageSettings {
  const place: ErrorPlace = { file };
  if (h5.readAttribute('/', 'planefeed_format') === undefined) {
    throw new InvalidOptionError('Expected a file that planefeed ingest made', {
      place,
      advice: 'Choose another file: this one is left as it is',
    });
  }
  const format = h5.readAttribute('/', 'planefeed_format');
  if (format !== formatVersion) {
    throw new InvalidOptionError(`Expected file format ${formatVersion}, found ${String(format)}`, {
      place,
      advice: 'Append with the version of planefeed that made the file',
    });
  }
  const [, height, width] = h5.dataset('/images').shape as [number, number, number];
  const attribute = (name: string): unknown => h5.readAttribute('/images', name);
  return {
    height,
    width,
    channels: attribute('channels') as Channels,
    fit: attribute('fit') as Fit,
    placement: attribute('placement') as Placement,
    run: (attribute('run') as number | undefined) ?? defaultSettings.run,
  };
}

function requireSame(found: ImageSettings, requested: RequestedSettings, file: string): void {
  for (const name of Object.keys(found) as (keyof ImageSettings)[]) {
    if (name === 'run' && found.placement === 'image') continue;
    const wanted = requested[name];
    if (wanted === undefined || wanted === found[name]) continue;
    throw new InvalidOptionError(`The file's ${name} is ${found[name]}, not ${wanted}`, {
      place: { file, dataset: '/images' },
      advice: 'Leave the option out to append as the file is, or choose another file',
    });
  }
}
