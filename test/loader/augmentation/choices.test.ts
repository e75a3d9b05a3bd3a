import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAugmentation } from '#src/loader/augmentation/augmentation.js';
import { createChooser, type ImageChoices } from '#src/loader/augmentation/choices.js';
import { philox } from '#src/loader/augmentation/philox.js';
import { philoxModel, range } from './model.js';

describe('philox', () => {
  // From Random123, the authors' library: tests/kat_vectors, "philox4x32 10".
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the known answer for %j', (counter, key, expected) => {
    const numbers = Uint32Array.from(counter);
    philox(numbers, key[0]!, key[1]!);
    expect(Array.from(numbers)).toEqual(expected);
  });

  it('equals the same in big integers, for every seed, image and epoch', () => {
    const integer = fc.maxSafeInteger();
    const image = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(integer, image, fc.maxSafeNat(), (seed, number, epoch) => {
        const choose = createChooser(
          resolved({ crop: { height: 1, width: 1, at: 'random' }, flip: 'horizontal' }),
          seed,
          { height: 1000, width: 777 },
        );
        const { tops, lefts, flips } = choose([number], [epoch]);
        const [u0, u1, u2] = philoxModel(seed, number, epoch, 0);
        expect([tops[0], lefts[0], flips[0]]).toEqual([
          Math.floor(u0! * 1000),
          Math.floor(u1! * 777),
          u2! < 0.5 ? 1 : 0,
        ]);
      }),
    );
  });
});

describe('choices', () => {
  const count = 20_000;
  const images = range(count);
  const choose = (options: Parameters<typeof resolved>[0], seed = 1, epoch = 0): ImageChoices =>
    createChooser(resolved(options), seed, { height: 32, width: 40 })(
      images,
      images.map(() => epoch),
    );
  const crop = { height: 28, width: 32, at: 'random', pad: 2 } as const;

  it('fall on every place equally often, on both sides, over the whole range', () => {
    const { tops, lefts, flips, scaleFactors, biasFactors } = choose({
      crop,
      flip: 'horizontal',
      jitter: { brightness: 0.4, contrast: [0.5, 1.5] },
      mean: 0,
    });
    expectUniform(
      tops,
      range(9).map((i) => i - 2),
    );
    expectUniform(
      lefts,
      range(13).map((i) => i - 2),
    );
    expectUniform(flips, [0, 1]);
    // scale factor b * c, bias factor 1 - b * (1 - c): so b is their sum less 1.
    const brightness = Array.from(scaleFactors, (scale, i) => scale - biasFactors[i]! + 1);
    const contrast = Array.from(scaleFactors, (scale, i) => scale / brightness[i]!);
    for (const [values, low, high] of [
      [brightness, 0.6, 1.4],
      [contrast, 0.5, 1.5],
    ] as const) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-9);
      expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-9);
      expectUniform(
        values.map((value) => Math.floor(((value - low) / (high - low)) * 9.999_999)),
        range(10),
      );
    }
  });

  it('are independent of each other, of the next image’s, of the next epoch’s', () => {
    const all = { crop, flip: 'horizontal', jitter: { brightness: 0.4 } } as const;
    const now = choose(all);
    const then = choose(all, 1, 1);
    const other = choose(all, 2);
    const series = [now.tops, now.lefts, now.flips, now.scaleFactors];
    for (const a of series) {
      for (const b of [
        ...series,
        then.tops,
        then.lefts,
        then.flips,
        then.scaleFactors,
        other.tops,
      ]) {
        if (a !== b) expect(Math.abs(correlation(a, b))).toBeLessThan(0.03);
        const next = Array.from(b).slice(1);
        expect(Math.abs(correlation(Array.from(a).slice(0, -1), next))).toBeLessThan(0.03);
      }
    }
  });

  it('are the same whichever others are asked for, and in whichever order images come', () => {
    const all = choose({ crop, flip: 'horizontal', jitter: { brightness: 0.4 } });
    expect(choose({ crop }).tops).toEqual(all.tops);
    expect(choose({ flip: 'horizontal' }).flips).toEqual(all.flips);
    const brightness = choose({ jitter: { brightness: 0.4, contrast: 0 }, mean: 0 });
    expect(brightness.scaleFactors).toEqual(all.scaleFactors);
    const chooser = createChooser(resolved({ crop }), 1, { height: 32, width: 40 });
    expect(Array.from(chooser([7, 3], [0, 0]).tops)).toEqual([all.tops[7], all.tops[3]]);
  });

  it('take the middle at the centre', () => {
    const centre = createChooser(resolved({ crop: { height: 5, width: 7, at: 'centre' } }), 0, {
      height: 8,
      width: 7,
    });
    expect(centre([0], [0])).toMatchObject({ tops: Int32Array.of(1), lefts: Int32Array.of(0) });
  });
});

describe('options of augmentation', () => {
  const stored = { height: 32, width: 40 };
  it.each([
    [{ crop: { height: 33, width: 1, at: 'random' } }, '`crop.height` to be at most 32'],
    [{ crop: { height: 1, width: 45, at: 'random', pad: 2 } }, '`crop.width` to be at most 44'],
    [{ crop: { height: 0, width: 1, at: 'random' } }, '`crop.height` to be an integer from 1'],
    [{ crop: { height: 1, width: 1.5, at: 'random' } }, '`crop.width` to be an integer'],
    [{ crop: { height: 1, width: 1 } }, '`crop.at` to be one of random, centre'],
    [{ crop: { height: 1, width: 1, at: 'centre', pad: -1 } }, '`crop.pad` to be an integer'],
    [{ flip: 'vertical' }, '`flip` to be one of horizontal'],
    [{ jitter: { contrast: 0.2 } }, 'Expected `mean` with `jitter.contrast`'],
    [{ jitter: { brightness: -1 } }, '`jitter.brightness` to be a number from 0 up'],
    [{ jitter: { brightness: [2, 1] } }, '`jitter.brightness` to be a number from 0 up'],
    [{ jitter: { brightness: Number.NaN } }, '`jitter.brightness` to be a number from 0 up'],
    [{ jitter: { brightness: [1] } }, '`jitter.brightness` to be a number from 0 up'],
  ])('%j is refused', (options, message) => {
    expect(() => resolveAugmentation(options as object, 'float32', stored)).toThrow(message);
  });

  it('jitter needs float32', () => {
    const jitter = { brightness: 0.1 };
    expect(() => resolveAugmentation({ jitter }, 'uint8', stored)).toThrow(
      'Expected `dtype` float32 with `jitter`, got `uint8`',
    );
  });

  it('a crop may be as large as the image, with its padding', () => {
    const crop = { height: 36, width: 44, at: 'random', pad: 2 } as const;
    expect(resolveAugmentation({ crop }, 'uint8', stored)).toMatchObject({ height: 36, width: 44 });
  });
});

function resolved(
  options: Parameters<typeof resolveAugmentation>[0],
): NonNullable<ReturnType<typeof resolveAugmentation>> {
  return resolveAugmentation(options, 'float32', { height: 32, width: 40 })!;
}

/** Each value comes as often as the others, within five standard deviations; and no other value. */
function expectUniform(values: ArrayLike<number>, expected: readonly number[]): void {
  const counts = new Map(expected.map((value) => [value, 0]));
  for (const value of Array.from(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  expect([...counts.keys()]).toEqual(expected);
  const mean = values.length / expected.length;
  for (const count of counts.values()) {
    expect(Math.abs(count - mean)).toBeLessThan(5 * Math.sqrt(mean));
  }
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  const mean = (values: number[]): number => values.reduce((s, v) => s + v, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const product = (p: number[], mp: number, q: number[], mq: number): number =>
    p.reduce((sum, value, i) => sum + (value - mp) * (q[i]! - mq), 0);
  return product(x, mx, y, my) / Math.sqrt(product(x, mx, x, mx) * product(y, my, y, my));
}
