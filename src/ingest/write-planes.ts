import { setImmediate } from 'node:timers/promises';
import type { H5File } from '../storage/h5.js';
import { channelCount } from './decode.js';
import type { ImageSettings, Placement } from './image-settings.js';
import { pixelTypes } from './pixel-types.js';
import type { WaitingRows } from './waiting-rows.js';

/** Planes are copied into HDF5's memory on writing; this bounds the copy. */
const writeBytes = 2 ** 22;
/** Milliseconds after which others have their turn: decoders get their next images meanwhile. */
const turn = 4;

/** Writes the planes of the rows that wait, behind row `written`, in the order of the placement. */
export async function writePlanes(
  h5: H5File,
  { height, width, channels, dtype, placement }: ImageSettings,
  rows: WaitingRows,
  written: number,
): Promise<void> {
  const c = channelCount[channels];
  const pixels = height * width;
  h5.resize('/images', [written + rows.count, height, width, c]);
  let since = performance.now();
  const planeBytes = pixels * pixelTypes[dtype].bytes;
  for (const { row, channel, count } of writesOf(placement, rows.count, c, planeBytes)) {
    const data = rows.planes.run(row, channel, count);
    h5.writeSlice('/images', [written + row, 0, 0, channel], [count, height, width, 1], data);
    if (performance.now() - since < turn) continue;
    await setImmediate();
    since = performance.now();
  }
}

interface PlaneWrite {
  readonly row: number;
  readonly channel: number;
  /** Rows, one plane each. */
  readonly count: number;
}

/**
 * The writes of a batch in the order in which its planes shall lie in the file: HDF5 gives a chunk
 * its place when it is first written.
 */
export function* writesOf(
  placement: Placement,
  rows: number,
  channels: number,
  planeBytes: number,
): Generator<PlaneWrite> {
  if (placement === 'image') {
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < channels; channel++) yield { row, channel, count: 1 };
    }
    return;
  }
  const rowsAtOnce = Math.max(1, Math.floor(writeBytes / planeBytes));
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < rows; row += rowsAtOnce) {
      yield { row, channel, count: Math.min(rowsAtOnce, rows - row) };
    }
  }
}
