import type { Parts } from '../common/parts.js';
import type { ErrorPlace } from '../errors.js';
import { CorruptFileError, InvalidOptionError } from '../errors.js';
import type { H5File } from '../storage/h5.js';
import { version } from '../version.js';
import type { Background, Channels, Fit } from './decode.js';
import { channelCount } from './decode.js';
import type { ImageSettings, Placement } from './image-settings.js';
import { defaultSettings } from './image-settings.js';
import { writeFloats } from './numeric-attributes.js';
import type { PixelDtype } from './pixel-types.js';
import { pixelDtypes } from './pixel-types.js';

/** Rows in one chunk of a column: about a page of the disk. */
const rowsPerChunk = { labels: 1024, ids: 256, checksums: 256, splits: 4096 };

/** Makes the datasets of a new file, and the attributes that don't change. */
export function writeStructure(h5: H5File, settings: ImageSettings): void {
  const { height, width, channels, dtype, fit, background, placement, run, split } = settings;
  const c = channelCount[channels];
  h5.createDataset('/images', {
    dtype,
    shape: [0, height, width, c],
    maxShape: [null, height, width, c],
    chunkShape: [1, height, width, 1],
  });
  h5.setDimensionLabels('/images', ['n', 'height', 'width', 'channel']);
  createColumn(h5, '/labels', 'int32', rowsPerChunk.labels);
  createColumn(h5, '/ids', 'string', rowsPerChunk.ids);
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
  h5.writeAttribute('/images', 'background', background);
  h5.writeAttribute('/images', 'placement', placement);
  if (placement === 'channel') h5.writeAttribute('/images', 'run', run);
  if (split !== undefined) createSplits(h5, split);
  h5.writeAttribute('/', 'planefeed_version', version);
  h5.writeAttribute('/', 'planefeed_format', formatOf(settings));
}

function createSplits(h5: H5File, split: Parts): void {
  createColumn(h5, '/split', 'uint8', rowsPerChunk.splits);
  h5.writeAttribute('/split', 'names', Object.keys(split));
  writeFloats(h5, '/split', 'shares', Object.values(split));
  h5.writeAttribute('/split', 'hash', 'murmur3_x86_32');
  h5.writeAttribute('/split', 'seed', 0);
}

function createColumn(
  h5: H5File,
  path: string,
  dtype: 'int32' | 'string' | 'uint8',
  rows: number,
): void {
  h5.createDataset(path, { dtype, shape: [0], maxShape: [null], chunkShape: [rows] });
}

/**
 * Grows when an older version of this package could spoil a file by appending to it. Format 1 knows
 * only images of uint8, and nothing of `/split`.
 */
function formatOf({ dtype, split }: ImageSettings): number {
  return dtype === 'uint8' && split === undefined ? 1 : 2;
}

const newestFormat = 2;

/** The columns that grow with `/images`, but for those in `/columns`. */
export function columnsOf({ split }: ImageSettings): readonly string[] {
  return ['/labels', '/ids', '/checksums', ...(split === undefined ? [] : ['/split'])];
}

/** @throws InvalidOptionError when the file isn't one that this version can append to */
export function readSettings(h5: H5File, file: string): ImageSettings {
  const place: ErrorPlace = { file };
  const format = h5.readAttribute('/', 'planefeed_format');
  if (format === undefined) {
    throw new InvalidOptionError('Expected a file that planefeed ingest made', {
      place,
      advice: 'Choose another file: this one is left as it is',
    });
  }
  if (typeof format !== 'number' || format < 1 || format > newestFormat) {
    throw new InvalidOptionError(
      `Expected file format 1 to ${newestFormat}, found ${JSON.stringify(format)}`,
      { place, advice: 'Append with the version of planefeed that made the file' },
    );
  }
  const { shape, dtype } = h5.dataset('/images');
  const [, height, width] = shape as [number, number, number];
  if (!pixelDtypes.includes(dtype as PixelDtype)) {
    throw new CorruptFileError(`Expected images of ${pixelDtypes.join(', ')}, found ${dtype}`, {
      place: { file, dataset: '/images' },
    });
  }
  const attribute = (name: string): unknown => h5.readAttribute('/images', name);
  return {
    height,
    width,
    channels: attribute('channels') as Channels,
    dtype: dtype as PixelDtype,
    fit: attribute('fit') as Fit,
    // It was black before it could be chosen.
    background: (attribute('background') as Background | undefined) ?? 'black',
    placement: attribute('placement') as Placement,
    run: (attribute('run') as number | undefined) ?? defaultSettings.run,
    split: readSplit(h5),
  };
}

/** The shares of a split made at ingest. A dataset `/split` without them is somebody else's column. */
function readSplit(h5: H5File): Parts | undefined {
  if (h5.kindOf('/split') !== 'dataset') return undefined;
  const names = h5.readAttribute('/split', 'names') as string[] | undefined;
  const shares = h5.readAttribute('/split', 'shares') as number[] | undefined;
  if (names === undefined || shares === undefined) return undefined;
  return Object.fromEntries(names.map((name, part) => [name, shares[part]!]));
}
