import { InvalidOptionError } from '../errors.js';
import { balancedOrder, imageClasses, type ImageClasses } from './balanced-order.js';
import type { OpenRows } from './column-rows.js';
import { digest } from '../common/hash.js';
import type { Permutation } from './index-permutation.js';
import { epochOrder } from './order.js';
import type { ResolvedOrder } from './order-options.js';
import { selectImages } from './subset.js';
import {
  imageWeights,
  weightedDraws,
  weightedOrder,
  type WeightedImages,
} from './weighted-order.js';

/** Which images each epoch has, and in which order. */
export interface SampleOrder {
  /** Images in an epoch, of all ranks together. */
  readonly length: number;
  /** Position in an epoch → image number. */
  epoch(epoch: number): Permutation;
  /**
   * Tells apart what the columns that the order depends on held: which images are selected, their
   * classes or weights. `''`: it depends on none.
   */
  readonly digest: string;
}

/**
 * The order of a loader's epochs: a function of the options, the number of images and the values of the
 * columns that the options name; never of workers, ranks, prefetching or batch size.
 *
 * Memory: none for all images as stored, in full or window shuffle; 4 bytes an image selected, 8 with
 * weights on top of a selection or without replacement; and a few KiB.
 *
 * @param rows images in the file
 */
export async function createSampleOrder(
  rows: number,
  options: Pick<ResolvedOrder, 'shuffle' | 'seed' | 'where' | 'split' | 'images' | 'sampling'>,
  openRows: OpenRows,
): Promise<SampleOrder> {
  const selected = await selectImages(rows, options, openRows);
  const { sampling } = options;
  if (sampling === undefined) return eachOnce(selected, rows, options);
  // Sampling decides the order: that of a list of images counts for nothing.
  selected?.sort();
  const count = selected?.length ?? rows;
  if ('balance' in sampling) {
    const classes = await imageClasses(await openRows(sampling.balance), rows, selected);
    return balanced(classes, sampling.length ?? count, options.seed);
  }
  const { weights } = sampling;
  const column = typeof weights === 'string' ? await openRows(weights) : weights;
  const weighted = await imageWeights(column, rows, selected);
  return sampling.replacement === false
    ? weightedOnce(weighted, sampling.length, options.seed)
    : {
        length: sampling.length ?? count,
        epoch: weightedDraws(weighted, options.seed),
        digest: digestOf(weighted),
      };
}

// One function for each kind of order, so that what it returns keeps only what that kind needs.

function eachOnce(
  selected: Uint32Array | undefined,
  rows: number,
  { shuffle, seed }: Pick<ResolvedOrder, 'shuffle' | 'seed'>,
): SampleOrder {
  const length = selected?.length ?? rows;
  return {
    length,
    epoch: (epoch) => {
      const order = epochOrder(shuffle, seed, epoch, length);
      return selected === undefined ? order : (position) => selected[order(position)]!;
    },
    digest: selected === undefined ? '' : digest(selected),
  };
}

function balanced(classes: ImageClasses, length: number, seed: number): SampleOrder {
  return {
    length,
    epoch: (epoch) => balancedOrder(classes, seed, epoch, length),
    digest: digest(classes.images, classes.starts),
  };
}

function weightedOnce(
  weighted: WeightedImages,
  wanted: number | undefined,
  seed: number,
): SampleOrder {
  const values = digestOf(weighted);
  const { length, epoch } = weightedOrder(weighted, seed);
  if (wanted !== undefined && wanted > length) {
    throw new InvalidOptionError(
      `Expected \`sampling.length\` of at most ${length}, the images of weight above 0, got ${wanted}`,
      { advice: 'More can be had with replacement' },
    );
  }
  return { length: wanted ?? length, epoch, digest: values };
}

function digestOf({ images, weights }: WeightedImages): string {
  return images === undefined ? digest(weights) : digest(images, weights);
}
