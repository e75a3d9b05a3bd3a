import type { Parts } from '../common/parts.js';
import { checkParts } from '../common/parts.js';
import { InvalidOptionError } from '../errors.js';
import type { Background, Channels, Fit } from './decode.js';
import { channelCount } from './decode.js';
import type { PixelDtype } from './pixel-types.js';
import { pixelDtypes, pixelTypes } from './pixel-types.js';

/**
 * The order in which planes lie in the file: `image` puts the planes of one image side by side,
 * `channel` a run of images' first planes, then the run's second planes, and so on.
 */
export type Placement = 'image' | 'channel';

/** What every image of a file has in common. It is stored with `/images`. */
export interface ImageSettings {
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  readonly channels: Channels;
  /** The type of a pixel's elements. */
  readonly dtype: PixelDtype;
  readonly fit: Fit;
  /** What shows through where an image is transparent; with channels `rgba` nothing does. */
  readonly background: Background;
  readonly placement: Placement;
  /** Images in a channel's run; only with placement `channel`. */
  readonly run: number;
  /**
   * Parts with their shares, `{ train: 0.9, val: 0.1 }`: a hash of an image's id decides which it is
   * in, as with the loader's option `split`. Stored as the column `/split`.
   */
  readonly split: Parts | undefined;
}

export const defaultSettings = {
  channels: 'rgb',
  dtype: 'uint8',
  fit: 'cover',
  background: 'white',
  placement: 'image',
  run: 256,
  split: undefined,
} as const;

/** Settings as a caller gives them: what is left out is as in the file, or the default. */
export type RequestedSettings = {
  readonly [Name in keyof ImageSettings]?: ImageSettings[Name] | undefined;
};

/**
 * The settings of a new file.
 *
 * @throws InvalidOptionError when the size is missing, or a file can't be so
 */
export function newSettings(requested: RequestedSettings, file: string): ImageSettings {
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
  checkDtype(settings.dtype);
  requireRunFits(settings);
  if (settings.split !== undefined) checkSplit(settings.split);
  return settings;
}

/** @throws InvalidOptionError when a caller wants other settings than a file has */
export function requireSame(
  found: ImageSettings,
  requested: RequestedSettings,
  file: string,
): void {
  for (const name of Object.keys(found) as (keyof ImageSettings)[]) {
    if (name === 'run' && found.placement === 'image') continue;
    const wanted = requested[name];
    if (wanted === undefined || textOf(wanted) === textOf(found[name])) continue;
    throw new InvalidOptionError(
      `The file's ${name} is ${textOf(found[name])}, not ${textOf(wanted)}`,
      {
        place: { file, dataset: '/images' },
        advice: 'Leave the option out to append as the file is, or choose another file',
      },
    );
  }
}

/** Bytes of an image's pixels. */
export function bytesOfImage({ height, width, channels, dtype }: ImageSettings): number {
  return height * width * channelCount[channels] * pixelTypes[dtype].bytes;
}

function textOf(value: ImageSettings[keyof ImageSettings]): string {
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, share]) => `${name}=${share}`)
    .join(',');
}

function checkDtype(dtype: PixelDtype): void {
  if (pixelDtypes.includes(dtype)) return;
  throw new InvalidOptionError(
    `Expected \`dtype\` to be one of ${pixelDtypes.join(', ')}, got \`${dtype as string}\``,
  );
}

/** Numbers of parts are bytes. */
const mostParts = 256;

function checkSplit(split: Parts): void {
  checkParts('split', split);
  const parts = Object.keys(split).length;
  if (parts <= mostParts) return;
  throw new InvalidOptionError(
    `Expected \`split\` to have at most ${mostParts} parts, got ${parts}`,
  );
}

const maxRunBytes = 2 ** 29;

/** A run is held in memory until it is complete. */
function requireRunFits(settings: ImageSettings): void {
  const { placement, run } = settings;
  const imageBytes = bytesOfImage(settings);
  if (placement === 'image' || run * imageBytes <= maxRunBytes) return;
  throw new InvalidOptionError(
    `Expected a run of at most ${maxRunBytes} bytes, got ${run} images of ${imageBytes}`,
    { advice: `Choose a run of at most ${Math.floor(maxRunBytes / imageBytes)}` },
  );
}
