import { setImmediate } from 'node:timers/promises';
import type { H5File } from '../storage/h5.js';
import { channelCount } from './decode.js';
import type { ImageSettings, Placement } from './image-settings.js';
import { pixelTypes } from './pixel-types.js';
import type { WaitingRows } from './waiting-rows.js';

/** Planes are copied into HDF5's memory on writing; this bounds the copy, and the time of a call. */
const writeBytes = 2 ** 22;

/**
 * Writes the planes of the rows that wait, behind row `written`. Others have their turn after each
 * call to HDF5: decoders get their next images meanwhile.
 */
export async function writePlanes(
  h5: H5File,
  { height, width, channels, dtype, placement }: ImageSettings,
  rows: WaitingRows,
  written: number,
): Promise<void> {
  const c = channelCount[channels];
  const pixels = height * width;
  const { array, bytes } = pixelTypes[dtype];
  h5.resize('/images', [written + rows.count, height, width, c]);
  const filtered = h5.dataset('/images').filters.length > 0;
  const writes = filtered
    ? planeByPlane(rows.count, c)
    : writesOf(placement, rows.count, c, pixels * bytes);
  for (const { kind, row, channel, count } of writes) {
    const start = [written + row, 0, 0, channel];
    if (kind === 'places') h5.writeSlice('/images', start, [count, 1, 1, c], new array(count * c));
    else {
      const planes = rows.planes.run(row, channel, count);
      h5.writeSlice('/images', start, [count, height, width, 1], planes);
    }
    await setImmediate();
  }
}

interface PlaneWrite {
  /** `places`: one element of every plane of these rows, so that HDF5 gives them their places. */
  readonly kind: 'places' | 'planes';
  readonly row: number;
  readonly channel: number;
  readonly count: number;
}

/**
 * The writes of a batch. HDF5 gives a chunk its place in the file when it is first written, those of
 * one call in the order of their numbers: image by image. It is quick only where the elements of a
 * chunk lie side by side in memory, and where it gets many chunks with one call: so planes are
 * written channel by channel, and with placement `image` an element of each is written before.
 */
export function* writesOf(
  placement: Placement,
  rows: number,
  channels: number,
  planeBytes: number,
): Generator<PlaneWrite> {
  const rowsAtOnce = Math.max(1, Math.floor(writeBytes / planeBytes));
  if (placement === 'image' && channels > 1) {
    const placesAtOnce = Math.max(1, Math.floor(rowsAtOnce / channels));
    for (let row = 0; row < rows; row += placesAtOnce) {
      yield { kind: 'places', row, channel: 0, count: Math.min(placesAtOnce, rows - row) };
    }
  }
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < rows; row += rowsAtOnce) {
      yield { kind: 'planes', row, channel, count: Math.min(rowsAtOnce, rows - row) };
    }
  }
}

/** What goes through filters gets its place when its final size is known. */
function* planeByPlane(rows: number, channels: number): Generator<PlaneWrite> {
  for (let row = 0; row < rows; row++) {
    for (let channel = 0; channel < channels; channel++) {
      yield { kind: 'planes', row, channel, count: 1 };
    }
  }
}
