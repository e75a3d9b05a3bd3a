import type { SampleOrder } from './sample-order.js';

/** How well an order mixes, beside what an order drawn at random from all would reach. */
export interface Mixing {
  /**
   * How far images are from where they are stored, on average, as a share of the epoch: the mean of
   * |image / images in the file - position / length|. 0 as stored; 1/3 for a random order (Spearman's
   * footrule: P. Diaconis, R. Graham, 1977).
   */
  readonly displacement: number;
  readonly randomDisplacement: number;
  /**
   * How many places of the file a batch draws from, on average: the file cut into stretches of a batch's
   * number of images, those counted that a batch has images of. 1 to 2 as stored.
   */
  readonly neighbourhoods: number;
  /** The same for images drawn at random: c (1 - (1 - 1/c)^b), c stretches, b images in a batch. */
  readonly randomNeighbourhoods: number;
}

const SAMPLED_BATCHES = 64;

/**
 * Measures epoch 0 at up to 64 batches, spread evenly.
 *
 * @param rows images in the file
 */
export function measureMixing(order: SampleOrder, rows: number, batchSize: number): Mixing {
  const { length } = order;
  const size = Math.min(batchSize, length);
  const stretches = Math.ceil(rows / Math.max(1, size));
  const batches = Math.min(SAMPLED_BATCHES, Math.floor(length / Math.max(1, size)));
  const at = order.epoch(0);
  let displacement = 0;
  let neighbourhoods = 0;
  for (let sample = 0; sample < batches; sample++) {
    const start = Math.floor((sample / batches) * Math.floor(length / size)) * size;
    const seen = new Set<number>();
    for (let position = start; position < start + size; position++) {
      const image = at(position);
      displacement += Math.abs(image / rows - position / length);
      seen.add(Math.floor(image / size));
    }
    neighbourhoods += seen.size;
  }
  return {
    displacement: displacement / Math.max(1, batches * size),
    randomDisplacement: 1 / 3,
    neighbourhoods: neighbourhoods / Math.max(1, batches),
    randomNeighbourhoods: stretches * (1 - (1 - 1 / Math.max(1, stretches)) ** size),
  };
}
