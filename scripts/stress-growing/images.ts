/** Images that are known by their numbers: what is delivered can be held to what it must be. */
import type { Batch } from 'planefeed';
import { pixelOf } from '../../test/support/image-files.js';

export const height = 8;
export const width = 6;
export const channels = 3;
const pixels = height * width;
const classes = 3;

const made: Uint8Array[] = [];

export function pixelsOf(image: number): Uint8Array {
  return (made[image] ??= makePixels(image));
}

function makePixels(image: number): Uint8Array {
  const values = new Uint8Array(pixels * channels);
  for (let at = 0; at < values.length; at++) {
    values[at] = pixelOf(image, Math.floor(at / channels), at % channels);
  }
  return values;
}

export const idOf = (image: number): string => `image-${image}`;
export const classOf = (image: number): string => `class-${image % classes}`;

/**
 * What is wrong with a batch of uint8 images: pixels, labels or ids that belong to other images, or to
 * none.
 */
export function faultsOf({ images, indices, columns }: Batch): string[] {
  const faults: string[] = [];
  const length = pixels * channels;
  indices.forEach((image, row) => {
    const expected = pixelsOf(image);
    const got = images.subarray(row * length, (row + 1) * length);
    if (!(got instanceof Uint8Array) || Buffer.compare(expected, got) !== 0)
      faults.push(`pixels of image ${image}`);
    if (columns.label?.[row] !== image % classes) faults.push(`label of image ${image}`);
    if (columns.id !== undefined && columns.id[row] !== idOf(image)) {
      faults.push(`id of image ${image}`);
    }
  });
  return faults;
}
