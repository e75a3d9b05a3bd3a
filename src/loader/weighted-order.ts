import { InvalidOptionError } from '../errors.js';
import { forEachValue, type ColumnRows } from './column-rows.js';
import type { Permutation } from './index-permutation.js';
import { uniformAt } from './random.js';

/** Images and how often they are to come. */
export interface WeightedImages {
  /** `undefined`: image i is number i. */
  readonly images: Uint32Array | undefined;
  /** The largest is 1. */
  readonly weights: Float32Array;
}

/**
 * Reads weights: 4 bytes an image, beside those selected.
 *
 * @param selected ascending image numbers; `undefined`: all
 */
export async function imageWeights(
  weights: ColumnRows | ArrayLike<number>,
  rows: number,
  selected: Uint32Array | undefined,
): Promise<WeightedImages> {
  const stored = new Float32Array(selected?.length ?? rows);
  const put = (row: number, weight: number, at: number): void => {
    stored[at] = weight;
    if (weight >= 0 && Number.isFinite(stored[at])) return;
    throw new InvalidOptionError(`Expected weights from 0 up, got \`${String(weight)}\``, {
      place: { ...('read' in weights ? { dataset: weights.path } : {}), image: row },
    });
  };
  if ('read' in weights) {
    if (weights.kind === 'string') {
      throw new InvalidOptionError('Expected weights to be numbers, got strings', {
        place: { dataset: weights.path },
      });
    }
    await forEachValue(weights, rows, selected, (row, value, at) => {
      put(row, Number(value), at);
    });
  } else {
    if (weights.length !== rows) {
      throw new InvalidOptionError(
        `Expected \`sampling.weights\` to be one for each of the ${rows} images of the file, got ${weights.length}`,
      );
    }
    for (let at = 0; at < stored.length; at++) {
      const row = selected?.[at] ?? at;
      put(row, weights[row]!, at);
    }
  }
  const largest = stored.reduce((a, b) => Math.max(a, b), 0);
  if (largest === 0) throw new InvalidOptionError('Expected a weight above 0, got none');
  for (let at = 0; at < stored.length; at++) stored[at] = stored[at]! / largest;
  return { images: selected, weights: stored };
}

/** Sums of weights at this many places, so that what is added to the weights is a few KiB. */
const MOST_BLOCKS = 4096;

/**
 * Independent draws, each image with a chance in proportion to its weight: the inverse of the
 * cumulative weights at a random number that depends on `(seed, epoch, position)`.
 */
export function weightedDraws(
  { images, weights }: WeightedImages,
  seed: number,
): (epoch: number) => Permutation {
  const blockSize = Math.ceil(weights.length / MOST_BLOCKS);
  const before = new Float64Array(Math.ceil(weights.length / blockSize));
  let total = 0;
  let last = 0;
  weights.forEach((weight, at) => {
    if (at % blockSize === 0) before[at / blockSize] = total;
    total += weight;
    if (weight > 0) last = at;
  });
  return (epoch) => {
    const uniform = uniformAt([seed, epoch, 5]);
    return (position) => {
      const target = uniform(position) * total;
      const block = lastAtMost(before, target);
      let sum = before[block]!;
      let at = block * blockSize;
      for (; at < last; at++) {
        sum += weights[at]!;
        if (sum > target) break;
      }
      return images?.[at] ?? at;
    };
  };
}

/** The last index of ascending numbers (the first of which is 0) that doesn't exceed the target. */
function lastAtMost(ascending: Float64Array, target: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (ascending[middle]! <= target) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Each image at most once, the next one always with a chance in proportion to its weight among those
 * left: images in ascending order of -ln(u) / weight, u random from 0 to 1. An epoch's order is made by
 * sorting in place: 8 bytes an image, in the arrays given where there are some.
 *
 * Source: P. Efraimidis, P. Spirakis, "Weighted random sampling with a reservoir" (2006).
 */
export function weightedOrder(
  weighted: WeightedImages,
  seed: number,
): { readonly length: number; readonly epoch: (epoch: number) => Permutation } {
  const { images, weights } = withoutZeros(weighted);
  const { length } = images;
  let sorted = -1;
  return {
    length,
    epoch: (epoch) => (position) => {
      if (sorted !== epoch) {
        const uniform = uniformAt([seed, epoch, 6]);
        sortByKey(images, weights, (image, weight) => -Math.log1p(-uniform(image)) / weight);
        sorted = epoch;
      }
      return images[position]!;
    },
  };
}

/** Moves the images of weight above 0 to the front of the arrays that it is given. */
function withoutZeros({ images: selected, weights }: WeightedImages): {
  images: Uint32Array;
  weights: Float32Array;
} {
  const images = selected ?? new Uint32Array(weights.length);
  let length = 0;
  for (let at = 0; at < weights.length; at++) {
    if (weights[at] === 0) continue;
    images[length] = selected === undefined ? at : images[at]!;
    weights[length++] = weights[at]!;
  }
  return { images: images.subarray(0, length), weights: weights.subarray(0, length) };
}

/** Positive floats of 32 bits differ in as many ranges of their upper 16 bits. */
const BUCKETS = 2 ** 15;
/** Fewer images are sorted at once. */
const FEW = 8192;

/**
 * Sorts images and their weights by a positive key, where it is equal by image, so that how they stood
 * before doesn't matter. Keys aren't kept but computed again: first everything goes to its bucket, in
 * place (American flag sort; McIlroy, Bostic, McIlroy, "Engineering Radix Sort", 1993), then each
 * bucket is sorted.
 */
function sortByKey(
  images: Uint32Array,
  weights: Float32Array,
  keyOf: (image: number, weight: number) => number,
): void {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const keyBits = (image: number, weight: number): number => {
    float[0] = keyOf(image, weight);
    return bits[0]!;
  };
  if (images.length < FEW) {
    sortBucket(images, weights, 0, images.length, keyBits);
    return;
  }
  const ends = new Uint32Array(BUCKETS + 1);
  for (let i = 0; i < images.length; i++) {
    const bucket = keyBits(images[i]!, weights[i]!) >>> 16;
    ends[bucket + 1] = ends[bucket + 1]! + 1;
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) ends[bucket + 1]! += ends[bucket]!;
  const next = ends.slice();
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    while (next[bucket]! < ends[bucket + 1]!) {
      let image = images[next[bucket]!]!;
      let weight = weights[next[bucket]!]!;
      for (;;) {
        const home = keyBits(image, weight) >>> 16;
        const at = next[home]!;
        next[home] = at + 1;
        const [otherImage, otherWeight] = [images[at]!, weights[at]!];
        images[at] = image;
        weights[at] = weight;
        if (home === bucket) break;
        image = otherImage;
        weight = otherWeight;
      }
    }
    sortBucket(images, weights, ends[bucket]!, ends[bucket + 1]!, keyBits);
  }
}

function sortBucket(
  images: Uint32Array,
  weights: Float32Array,
  start: number,
  end: number,
  keyBits: (image: number, weight: number) => number,
): void {
  const size = end - start;
  if (size < 2) return;
  // A double whose upper half is the key's bits and lower half the place sorts as the key does.
  const packed = new Float64Array(size);
  const halves = new Uint32Array(packed.buffer);
  const oldImages = images.slice(start, end);
  const oldWeights = weights.slice(start, end);
  for (let i = 0; i < size; i++) {
    halves[2 * i] = i;
    halves[2 * i + 1] = keyBits(oldImages[i]!, oldWeights[i]!);
  }
  packed.sort();
  for (let i = 0; i < size; i++) {
    images[start + i] = oldImages[halves[2 * i]!]!;
    weights[start + i] = oldWeights[halves[2 * i]!]!;
    // Equal keys: by image.
    for (let j = i; j > 0 && halves[2 * j + 1] === halves[2 * j - 1]; j--) {
      const [here, before] = [start + j, start + j - 1];
      if (images[before]! < images[here]!) break;
      [images[before], images[here]] = [images[here]!, images[before]!];
      [weights[before], weights[here]] = [weights[here]!, weights[before]!];
    }
  }
}
