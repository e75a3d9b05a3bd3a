import { channelCount } from './decode.js';
import type { ImageSettings } from './image-settings.js';
import { bytesOfImage } from './image-settings.js';
import type { PixelArray } from './pixel-types.js';
import type { PlaneMemory } from './plane-memory.js';
import { createPlaneMemory } from './plane-memory.js';

/** Images that wait to be written, as the columns of the file have them. */
export interface WaitingRows {
  readonly capacity: number;
  readonly count: number;
  readonly planes: PlaneMemory;
  readonly ids: readonly string[];
  readonly labels: Int32Array;
  readonly splits: Uint8Array;
  readonly checksums: Uint32Array;
  /** Makes the planes of an image and returns their checksums; it waits once `keep` is called. */
  prepare(pixels: PixelArray): Uint32Array;
  keep(id: string, label: number, split: number): void;
  clear(): void;
}

const batchBytes = 2 ** 25;

export function createWaitingRows(settings: ImageSettings, commitEvery: number): WaitingRows {
  const { height, width, dtype, placement, run } = settings;
  const channels = channelCount[settings.channels];
  const fitting = Math.floor(batchBytes / bytesOfImage(settings));
  const capacity = placement === 'channel' ? run : Math.max(1, Math.min(commitEvery, fitting));
  const shape = { capacity, channels, pixels: height * width, dtype };
  const planes = createPlaneMemory(shape);
  const labels = new Int32Array(capacity);
  const splits = new Uint8Array(capacity);
  const checksums = new Uint32Array(capacity * channels);
  let ids: string[] = [];
  return {
    capacity,
    get count() {
      return ids.length;
    },
    planes,
    get ids() {
      return ids;
    },
    get labels() {
      return labels.subarray(0, ids.length);
    },
    get splits() {
      return splits.subarray(0, ids.length);
    },
    get checksums() {
      return checksums.subarray(0, ids.length * channels);
    },
    prepare: (pixels) => {
      const row = ids.length;
      planes.put(row, pixels);
      const own = checksums.subarray(row * channels, (row + 1) * channels);
      for (let channel = 0; channel < channels; channel++) {
        own[channel] = planes.checksum(row, channel);
      }
      return own;
    },
    keep: (id, label, split) => {
      labels[ids.length] = label;
      splits[ids.length] = split;
      ids.push(id);
    },
    clear: () => {
      ids = [];
    },
  };
}
