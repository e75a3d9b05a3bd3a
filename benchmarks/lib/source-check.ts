/** Whether what a loader delivers, in whatever order, is what the data was made of. */
import { createHash } from 'node:crypto';

import { sourceImages, type DataParameters } from './files.js';
import type { SampledImage } from './peer.js';

/** The images of a data file by the SHA-256 of their pixels. */
export type Source = ReadonlyMap<string, { readonly image: number; readonly label: number }>;

export function digestSource(parameters: Omit<DataParameters, 'placement'>): Source {
  const source = new Map<string, { image: number; label: number }>();
  for (const { pixels, label } of sourceImages(parameters)) {
    const digest = createHash('sha256').update(pixels).digest('hex');
    source.set(digest, { image: source.size, label });
  }
  return source;
}

/** @throws Error unless all are different images of the source, with their labels, not in its order */
export function requireFromSource(
  name: string,
  sampled: readonly SampledImage[],
  source: Source,
): void {
  if (sampled.length === 0) throw new Error(`Expected images from ${name}, none came`);
  const numbers = sampled.map(({ digest, label }, at) => {
    const found = source.get(digest);
    if (found === undefined) {
      throw new Error(`Expected the source's images, but image ${at} of ${name} is none of them`);
    }
    if (found.label !== label) {
      throw new Error(
        `Expected the label ${found.label} for image ${found.image}, ${name} delivers ${label}`,
      );
    }
    return found.image;
  });
  if (new Set(numbers).size < numbers.length) {
    throw new Error(`Expected different images from ${name}, some came twice`);
  }
  if (numbers.every((number, at) => number === numbers[0]! + at)) {
    throw new Error(`Expected a shuffled order from ${name}, images came in the file's`);
  }
}
