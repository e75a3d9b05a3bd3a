import type { H5File } from '../storage/h5.js';
import { channelCount } from './decode.js';
import type { ImageSettings } from './image-settings.js';
import type { WaitingRows } from './waiting-rows.js';
import { writePlanes } from './write-planes.js';

/**
 * Writes the rows that wait behind row `written`. All columns grow together: a row is in the file
 * whole or not at all.
 */
export async function writeRows(
  h5: H5File,
  settings: ImageSettings,
  rows: WaitingRows,
  written: number,
): Promise<void> {
  const { count } = rows;
  const end = written + count;
  const c = channelCount[settings.channels];
  await writePlanes(h5, settings, rows, written);
  h5.resize('/checksums', [end, c]);
  h5.writeSlice('/checksums', [written, 0], [count, c], rows.checksums);
  h5.resize('/labels', [end]);
  h5.writeSlice('/labels', [written], [count], rows.labels);
  h5.resize('/ids', [end]);
  h5.writeStrings('/ids', written, rows.ids);
  if (settings.split === undefined) return;
  h5.resize('/split', [end]);
  h5.writeSlice('/split', [written], [count], rows.splits);
}
