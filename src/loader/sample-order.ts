import { InvalidOptionError } from '../errors.js';
import { balancedOrder, imageClasses } from './balanced-order.js';
import type { OpenRows } from './column-rows.js';
import { digest } from './hash.js';
import type { Permutation } from './index-permutation.js';
import { epochOrder } from './order.js';
import type { ResolvedOrder } from './order-options.js';
import { selectImages } from './subset.js';
import { imageWeights, weightedDraws, weightedOrder } from './weighted-order.js';

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
  const { shuffle, seed, sampling } = options;
  const selected = await selectImages(rows, options, openRows);
  const count = selected?.length ?? rows;
  if (sampling === undefined) {
    return {
      length: count,
      epoch: (epoch) => {
        const order = epochOrder(shuffle, seed, epoch, count);
        return selected === undefined ? order : (position) => selected[order(position)]!;
      },
      digest: selected === undefined ? '' : digest(selected),
    };
  }
  // A list of images in another order than the file's gives no order here.
  const ascending = selected?.slice().sort();
  const wanted = sampling.length;
  if ('balance' in sampling) {
    const classes = await imageClasses(await openRows(sampling.balance), rows, ascending);
    const length = wanted ?? count;
    return {
      length,
      epoch: (epoch) => balancedOrder(classes, seed, epoch, length),
      digest: digest(classes.images, classes.starts),
    };
  }
  const { weights, replacement = true } = sampling;
  const weighted = await imageWeights(
    typeof weights === 'string' ? await openRows(weights) : weights,
    rows,
    ascending,
  );
  const values = digest(...(ascending === undefined ? [] : [ascending]), weighted.weights);
  if (replacement) {
    return { length: wanted ?? count, epoch: weightedDraws(weighted, seed), digest: values };
  }
  const order = weightedOrder(weighted, seed);
  if (wanted !== undefined && wanted > order.length) {
    throw new InvalidOptionError(
      `Expected \`sampling.length\` of at most ${order.length}, the images of weight above 0, got ${wanted}`,
      { advice: 'More can be had with replacement' },
    );
  }
  return { length: wanted ?? order.length, epoch: order.epoch, digest: values };
}
