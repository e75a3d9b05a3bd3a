import type { H5File } from '../storage/h5.js';
import type { ChannelMoments } from './channel-moments.js';
import { exactMoments, floatMoments } from './channel-moments.js';
import type { ImageSettings } from './image-settings.js';
import { readNumbers, writeFloats, writeIntegers } from './numeric-attributes.js';
import type { PlaneSums } from './plane-sums.js';

/** Mean and standard deviation of each channel over all images of a file, kept as images come. */
export interface ImageStatistics {
  /** Takes in an image: the sums of each of its planes. */
  add(planes: readonly PlaneSums[]): void;
  /** Writes the attributes of the group `/statistics`. */
  write(): void;
}

const group = '/statistics';

/** Statistics of a new file. */
export function createStatistics(
  h5: H5File,
  channels: number,
  settings: ImageSettings,
): ImageStatistics {
  h5.createGroup(group);
  const statistics = keep(h5, settings, 0, newMoments(channels, settings));
  statistics.write();
  return statistics;
}

/**
 * Goes on from what is in a file; `undefined` when there is nothing, or not of all its images: another
 * program appended to it.
 */
export function openStatistics(
  h5: H5File,
  rows: number,
  settings: ImageSettings,
): ImageStatistics | undefined {
  if (h5.kindOf(group) !== 'group') return undefined;
  const [images] = readNumbers(h5, group, 'images') ?? [];
  if (images !== rows) return undefined;
  const channels = h5.dataset('/images').shape!.at(-1)!;
  const moments = newMoments(channels, settings);
  const stored = moments[0]!.names.map((name) => readNumbers(h5, group, name));
  for (const [channel, each] of moments.entries()) {
    const values = stored.map((numbers) => numbers?.[channel]);
    if (values.includes(undefined)) return undefined;
    each.restore(images, values as number[]);
  }
  return keep(h5, settings, images, moments);
}

function newMoments(channels: number, { height, width, dtype }: ImageSettings): ChannelMoments[] {
  const make = dtype === 'float32' ? floatMoments : exactMoments;
  return Array.from({ length: channels }, () => make(height * width));
}

function keep(
  h5: H5File,
  { dtype }: ImageSettings,
  before: number,
  moments: readonly ChannelMoments[],
): ImageStatistics {
  let images = before;
  return {
    add: (planes) => {
      moments.forEach((each, channel) => {
        each.add(planes[channel]!);
      });
      images++;
    },
    write: () => {
      writeIntegers(h5, group, 'images', [images]);
      if (images > 0) {
        writeFloats(
          h5,
          group,
          'std',
          moments.map((each) => each.std()),
        );
        // Of floats the mean is part of what is stored below.
        if (dtype !== 'float32')
          writeFloats(
            h5,
            group,
            'mean',
            moments.map((each) => each.mean()),
          );
      }
      moments[0]!.names.forEach((name, at) => {
        writeFloats(
          h5,
          group,
          name,
          moments.map((each) => each.state()[at]!),
        );
      });
    },
  };
}
