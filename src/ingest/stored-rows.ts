import type { H5File } from '../storage/h5.js';
import { channelCount } from './decode.js';
import type { ImageSettings } from './image-settings.js';
import type { WaitingRows } from './waiting-rows.js';

/** Rows of a file to look up, those that wait to be written included. */
export interface StoredRows {
  ids(start: number, count: number): readonly string[];
  /** Of rows in the file, one after the other. */
  checksums(start: number, count: number): Uint32Array;
  /** Whether the planes of a row are those of the image that was prepared last. */
  isLikeNext(row: number): boolean;
}

/** @param written gives how many rows are in the file */
export function storedRows(
  h5: H5File,
  { height, width, channels }: ImageSettings,
  waiting: WaitingRows,
  written: () => number,
): StoredRows {
  const c = channelCount[channels];
  const planeOf = (row: number, channel: number): Uint8Array => {
    if (row >= written()) return waiting.planes.plane(row - written(), channel);
    const elements = h5.readSlice('/images', [row, 0, 0, channel], [1, height, width, 1]);
    return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  };
  return {
    ids: (start, count) => {
      const inFile = Math.max(0, Math.min(count, written() - start));
      const ids = inFile === 0 ? [] : h5.readStrings('/ids', start, inFile);
      const from = start + inFile - written();
      return inFile === count ? ids : [...ids, ...waiting.ids.slice(from, from + count - inFile)];
    },
    checksums: (start, count) => h5.readSlice('/checksums', [start, 0], [count, c]) as Uint32Array,
    isLikeNext: (row) => {
      for (let channel = 0; channel < c; channel++) {
        const next = waiting.planes.plane(waiting.count, channel);
        if (Buffer.compare(planeOf(row, channel), next) !== 0) return false;
      }
      return true;
    },
  };
}
