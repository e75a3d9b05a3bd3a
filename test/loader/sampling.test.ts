import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveOrder, type OrderOptions } from '#src/loader/order-options.js';
import { uniformAt } from '#src/loader/random.js';
import { createSampleOrder, type SampleOrder } from '#src/loader/sample-order.js';
import { columnsInMemory, type MemoryColumns } from './columns-in-memory.js';

const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 80 });
const weightLists = fc
  .array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 100, noNaN: true })), {
    minLength: 1,
    maxLength: 200,
  })
  .filter((weights) => weights.some((weight) => weight > 0));

describe('sampling by class', () => {
  it('has every class equally often in an epoch, give or take one', async () => {
    await fc.assert(
      fc.asyncProperty(
        labels,
        fc.integer({ min: 1, max: 99 }),
        fc.nat(9),
        async (label, length, epoch) => {
          const order = await orderOf({ sampling: { balance: 'label', length } }, { label });
          const counts = new Map([...new Set(label)].map((each) => [each, 0]));
          for (const image of imagesOf(order, epoch)) {
            counts.set(label[image]!, counts.get(label[image]!)! + 1);
          }
          const all = [...counts.values()];
          expect(all.reduce((a, b) => a + b)).toBe(length);
          expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('goes through all images of a class before one comes again, on over epochs', async () => {
    await fc.assert(
      fc.asyncProperty(labels, fc.integer(), async (label, seed) => {
        const classes = new Set(label).size;
        // Whole rounds: nothing is cut off at the end of an epoch.
        const length = 2 * classes;
        const order = await orderOf({ seed, sampling: { balance: 'label', length } }, { label });
        const epochs = Array.from({ length: 60 }, (_, epoch) => imagesOf(order, epoch)).flat();
        for (const wanted of new Set(label)) {
          const size = label.filter((each) => each === wanted).length;
          const seen = epochs.filter((image) => label[image] === wanted);
          for (let start = 0; start + size <= seen.length; start += size) {
            expect(new Set(seen.slice(start, start + size)).size).toBe(size);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('takes strings, and only images that are selected', async () => {
    const columns = { kind: ['b', 'a', 'b', 'b', 'a', 'c'], split: ['x', 'x', 'y', 'x', 'x', 'y'] };
    const order = await orderOf(
      { where: { split: 'x' }, sampling: { balance: 'kind', length: 400 } },
      columns,
    );
    const images = imagesOf(order, 0);
    expect(new Set(images)).toEqual(new Set([0, 1, 3, 4]));
    expect(images.filter((image) => columns.kind[image] === 'a')).toHaveLength(200);
  });

  it('refuses a column of ids', async () => {
    const id = Array.from({ length: 70_000 }, (_, i) => i);
    await expect(orderOf({ sampling: { balance: 'id' } }, { id })).rejects.toThrow(
      /at most 65536 classes to balance/,
    );
  });
});

describe('sampling by weight, with replacement', () => {
  it('never has an image of weight 0, and as many images as are selected', async () => {
    await fc.assert(
      fc.asyncProperty(weightLists, fc.integer(), async (weights, seed) => {
        const order = await orderOf({ seed, sampling: { weights } }, {}, weights.length);
        expect(order.length).toBe(weights.length);
        for (const image of imagesOf(order, 0)) expect(weights[image]).toBeGreaterThan(0);
      }),
    );
  });

  it('has each image as often as its weight says', async () => {
    // More images than sums are kept of, so that searching within a block counts too.
    const weights = Array.from({ length: 10_000 }, (_, i) => (i % 1000 === 0 ? 1 + i / 1000 : 0));
    const drawn = 100_000;
    const order = await orderOf({ sampling: { weights, length: drawn } }, {}, weights.length);
    const counts = new Float64Array(10);
    for (const image of imagesOf(order, 3)) counts[image / 1000]! += 1;
    const expected = Array.from(counts, (_, k) => (drawn * (k + 1)) / 55);
    // The 99.99 % quantile of chi-square with 9 degrees of freedom; the seed is fixed.
    expect(chiSquare(counts, expected)).toBeLessThan(33.7);
  });

  it('has nothing to do with how images were drawn before', async () => {
    const weights = [1, 2, 3, 4];
    const order = await orderOf({ sampling: { weights, length: 20 } }, {}, 4);
    const epoch = imagesOf(order, 7);
    imagesOf(order, 3);
    const again = order.epoch(7);
    expect(epoch.map((_, i) => again(19 - i)).reverse()).toEqual(epoch);
    expect(imagesOf(order, 8)).not.toEqual(epoch);
  });

  it('takes a column, of a subset', async () => {
    const columns = { w: [0, 5, 1, 1, 9], split: ['a', 'a', 'a', 'a', 'b'] };
    const options = { where: { split: 'a' }, sampling: { weights: 'w', length: 7000 } };
    const images = imagesOf(await orderOf(options, columns), 0);
    expect(new Set(images)).toEqual(new Set([1, 2, 3]));
    const share = images.filter((image) => image === 1).length / 7000;
    expect(Math.abs(share - 5 / 7)).toBeLessThan(0.022);
  });
});

describe('sampling by weight, without replacement', () => {
  it('has every image of weight above 0 once', async () => {
    await fc.assert(
      fc.asyncProperty(weightLists, fc.integer(), fc.nat(5), async (weights, seed, epoch) => {
        const sampling = { weights, replacement: false };
        const order = await orderOf({ seed, sampling }, {}, weights.length);
        const expected = weights.flatMap((weight, image) => (weight > 0 ? [image] : []));
        expect(imagesOf(order, epoch).sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  it.each([200, 20_000])(
    'comes in ascending order of -ln(u) / weight (%i images)',
    async (count) => {
      const weights = Float32Array.from({ length: count }, (_, i) => 1 / (1 + (i % 97)));
      const order = await orderOf(
        { seed: 5, sampling: { weights, replacement: false } },
        {},
        count,
      );
      const uniform = uniformAt([5, 2, 6]);
      const keys = imagesOf(order, 2).map((image) =>
        Math.fround(-Math.log1p(-uniform(image)) / weights[image]!),
      );
      expect(keys).toEqual([...keys].sort((a, b) => a - b));
    },
  );

  it('is the same order whichever epochs were asked for before', async () => {
    // Enough for buckets.
    const weights = Array.from({ length: 20_000 }, (_, i) => (i % 7) + (i % 3) / 3);
    const sampling = { weights, replacement: false };
    const order = await orderOf({ sampling }, {}, weights.length);
    const first = imagesOf(order, 4);
    imagesOf(order, 9);
    imagesOf(order, 1);
    expect(imagesOf(order, 4)).toEqual(first);
    expect(imagesOf(await orderOf({ sampling }, {}, weights.length), 4)).toEqual(first);
    expect(imagesOf(order, 5)).not.toEqual(first);
  });

  it('draws first, and second, in proportion to the weights left', async () => {
    const weights = [1, 2, 5];
    const order = await orderOf({ sampling: { weights, replacement: false } }, {}, 3);
    const epochs = 20_000;
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < epochs; epoch++) {
      const drawn = imagesOf(order, epoch).join('');
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    const chance = ([a, b]: string): number =>
      (weights[+a!]! / 8) * (weights[+b!]! / (8 - weights[+a!]!));
    const orders = ['012', '021', '102', '120', '201', '210'];
    const got = orders.map((each) => counts.get(each) ?? 0);
    const expected = orders.map((each) => epochs * chance(each));
    // The 99.99 % quantile of chi-square with 5 degrees of freedom.
    expect(chiSquare(got, expected)).toBeLessThan(25.8);
  });

  it('is right where nearly all weights vanish beside one', async () => {
    const weights = Array.from({ length: 500 }, (_, i) => (i === 250 ? 1 : 1e-37));
    const order = await orderOf({ sampling: { weights, replacement: false } }, {}, 500);
    const images = imagesOf(order, 0);
    expect(images[0]).toBe(250);
    expect(new Set(images).size).toBe(500);
  });
});

describe('options of sampling', () => {
  it.each<[OrderOptions, RegExp]>([
    [
      { sampling: { weights: [1, 2] } },
      /`sampling.weights` to be one for each of the 3 images of the file, got 2/,
    ],
    [{ sampling: { weights: [1, -2, 1] } }, /Expected weights from 0 up, got `-2` \(image 1\)/],
    [{ sampling: { weights: [1, NaN, 1] } }, /Expected weights from 0 up, got `NaN`/],
    [{ sampling: { weights: [0, 0, 0] } }, /Expected a weight above 0, got none/],
    [
      { sampling: { weights: 'name' } },
      /Expected weights to be numbers, got strings \(dataset \/name\)/,
    ],
    [
      { sampling: { weights: [1, 0, 1], replacement: false, length: 3 } },
      /`sampling.length` of at most 2/,
    ],
    [{ sampling: { balance: 'name', length: 0 } }, /`sampling.length` to be an integer from 1 up/],
    [{ sampling: {} as { balance: string } }, /Expected `sampling` to be { balance: column }/],
    [
      { sampling: { balance: 'name' }, shuffle: { window: 3 } },
      /Expected `sampling` or `shuffle`, got both/,
    ],
    [
      { sampling: { balance: 'name' }, shuffle: false },
      /Expected `sampling` or `shuffle`, got both/,
    ],
  ])('%j is refused', async (options, message) => {
    await expect(orderOf(options, { name: ['a', 'b', 'c'] })).rejects.toThrow(message);
  });
});

async function orderOf(
  options: OrderOptions,
  columns: MemoryColumns,
  rows: number = Object.values(columns)[0]?.length ?? 0,
): Promise<SampleOrder> {
  return createSampleOrder(rows, resolveOrder(options), columnsInMemory(columns));
}

function imagesOf(order: SampleOrder, epoch: number): number[] {
  const at = order.epoch(epoch);
  return Array.from({ length: order.length }, (_, position) => at(position));
}

function chiSquare(counts: ArrayLike<number>, expected: readonly number[]): number {
  return expected.reduce((sum, each, i) => sum + (counts[i]! - each) ** 2 / each, 0);
}
