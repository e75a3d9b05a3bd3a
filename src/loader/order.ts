import { indexPermutation, type Permutation } from './index-permutation.js';
import { uniformAt } from './random.js';

/**
 * How an epoch is ordered: `false` as stored; `'full'` a random permutation of all images; `{ window }`
 * random within a bounded neighbourhood, for disks where true random order can't be paid for.
 */
export type Shuffle = false | 'full' | { readonly window: number };

/**
 * The order of an epoch: a map from position to image number, in O(1) memory. It depends on
 * `(shuffle, seed, epoch, n)` alone, never on workers, prefetching or batch size.
 */
export function epochOrder(shuffle: Shuffle, seed: number, epoch: number, n: number): Permutation {
  if (shuffle === false) return (position) => position;
  if (shuffle === 'full') return indexPermutation(n, [seed, epoch]);
  return windowOrder(shuffle.window, seed, epoch, n);
}

/**
 * Window shuffle: the images are cut into runs of √window neighbours; the runs come in random order,
 * and every window of that sequence is shuffled within. So a window's images come from √window random
 * places, and each place is read as one run. Where the cuts are is another matter each epoch, so that
 * the same images aren't always together.
 */
function windowOrder(window: number, seed: number, epoch: number, n: number): Permutation {
  const size = Math.min(window, n);
  const run = Math.max(1, Math.floor(Math.sqrt(size)));
  const wholeRuns = Math.floor(n / run);
  const runOrder = indexPermutation(wholeRuns, [seed, epoch, 1]);
  const firstCut = Math.floor(uniformAt([seed, epoch, 7])(0) * n);
  let current = -1;
  let within: Permutation = (position) => position;
  return (position) => {
    const number = Math.floor(position / size);
    if (number !== current) {
      current = number;
      within = indexPermutation(Math.min(size, n - number * size), [seed, epoch, 2, number]);
    }
    const mixed = number * size + within(position - number * size);
    const place = Math.floor(mixed / run);
    // What is left over after the whole runs stays at the end of the sequence of runs.
    const image = place < wholeRuns ? runOrder(place) * run + (mixed % run) : mixed;
    return (image + firstCut) % n;
  };
}
