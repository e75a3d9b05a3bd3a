/** What shuffling costs on a disk that turns: what the loader's orders promise there, by the model. */
import { describe, expect, it } from 'vitest';
import { planReads } from '#src/chunking/read-plan.js';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import type { HardDisk } from '#src/laboratory/devices/device.js';
import { price } from '#src/laboratory/price.js';
import { sequentialTrace } from '#src/laboratory/synthetic-traces.js';
import { traceOf, type ReadTrace } from '#src/laboratory/trace.js';
import { epochOrder, type Shuffle } from '#src/loader/order.js';

const PLANE = 224 * 224;
const IMAGE = 3 * PLANE;
const POSITIONS = 8192;

describe.each(['seagate-st3500418as', 'samsung-hd502hj', 'hgst-ultrastar-7k8'])('on %s', (name) => {
  const disk = deviceNamed(name).device as HardDisk;
  // A file over a tenth of the disk.
  const images = Math.floor((0.1 * disk.capacity) / IMAGE);
  const share = (trace: ReadTrace): number => {
    const { seconds } = price(disk, trace);
    const inOrder = price(disk, sequentialTrace({ length: POSITIONS * IMAGE, size: IMAGE }));
    return inOrder.seconds / seconds;
  };
  const order = (shuffle: Shuffle): number[] => {
    const at = epochOrder(shuffle, 1, 0, images);
    return Array.from({ length: POSITIONS }, (_, position) => at(position));
  };
  /** Whole images, read in file order over `ahead` positions at a time, neighbours merged. */
  const lookAhead = (shuffle: Shuffle, ahead: number, depth: number): ReadTrace => {
    const numbers = order(shuffle);
    const reads: [number, number][] = [];
    for (let first = 0; first < POSITIONS; first += ahead) {
      const offsets = numbers.slice(first, first + ahead).map((image) => image * IMAGE);
      const lengths = offsets.map(() => IMAGE);
      const plan = planReads(
        { offsets, lengths, owners: [...offsets.keys()] },
        { gap: 0, maxLength: 2 ** 21 },
      );
      plan.offsets.forEach((offset, i) => reads.push([offset, plan.lengths[i]!]));
    }
    return traceOf(reads, { depth });
  };
  const naive = traceOf(order('full').map((image): [number, number] => [image * IMAGE, IMAGE]));

  it('window shuffle, looking its window ahead, keeps 0.8 of the sequential rate', () => {
    const window = 4096;
    expect(share(lookAhead({ window }, window, 4))).toBeGreaterThanOrEqual(0.8);
  });

  it('exact shuffle plane by plane, as h5py reads it, gets under a tenth', () => {
    const planes = order('full').flatMap((image) =>
      [0, 1, 2].map((channel): [number, number] => [(channel * images + image) * PLANE, PLANE]),
    );
    expect(share(traceOf(planes))).toBeLessThan(0.1);
  });

  it('exact shuffle with look-ahead gets 1.5 times what the naive order does', () => {
    const ahead = 256;
    expect(images).toBeGreaterThan(100 * ahead);
    const gain = share(lookAhead('full', ahead, 8)) / share(naive);
    expect(gain).toBeGreaterThanOrEqual(1.5);
  });
});
