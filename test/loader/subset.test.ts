import { InvalidOptionError } from 'planefeed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forEachValue } from '#src/loader/column-rows.js';
import { partOf, resolveSplit } from '#src/loader/split.js';
import { selectImages, type SubsetOptions } from '#src/loader/subset.js';
import { columnsInMemory, type MemoryColumns } from './columns-in-memory.js';

const PARTS = { train: 0.7, validation: 0.2, test: 0.1 };

describe('where', () => {
  it('keeps the images with these values in all of these columns', async () => {
    const column = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        column,
        column,
        fc.subarray([0, 1, 2, 3], { minLength: 1 }),
        async (a, b, wanted) => {
          const expected = range(40).filter((row) => wanted.includes(a[row]!) && b[row] === 1);
          fc.pre(expected.length > 0);
          expect(await select(40, { where: { a: wanted, b: 1 } }, { a, b })).toEqual(expected);
        },
      ),
    );
  });

  it('takes names of classes, booleans, strings and integers of 64 bits', async () => {
    const columns = {
      label: [2, 0, 1, 2],
      good: [1, 0, 1, 0],
      split: ['a', 'b', 'b', 'a'],
      big: [1n, 2n, 1n, 2n],
    };
    const names = { label: ['cat', 'dog', 'owl'] };
    const rows = (where: SubsetOptions['where']): Promise<number[] | undefined> =>
      select(4, { where }, columns, names);
    expect(await rows({ label: ['cat', 'owl'] })).toEqual([0, 1, 3]);
    expect(await rows({ label: [1, 'cat'] })).toEqual([1, 2]);
    expect(await rows({ good: true })).toEqual([0, 2]);
    expect(await rows({ split: 'b' })).toEqual([1, 2]);
    expect(await rows({ big: 2 })).toEqual([1, 3]);
    expect(await rows({ big: [1n, 2n], split: 'a' })).toEqual([0, 3]);
  });

  it.each<[SubsetOptions['where'], RegExp]>([
    [
      { split: 'trian' },
      /images with `where.split` trian, got none. There are for example train, test/,
    ],
    [{ split: 3 }, /Expected `where.split` to be strings, as the column holds, got `3` \(number\)/],
    [{ label: 'cat' }, /Expected `where.label` to be numbers, as the column holds, got `cat`/],
    [{ named: 'hen' }, /numbers, or of the names cat, dog, got `hen`/],
    [{ big: 1.5 }, /Expected `where.big` to be integers, got `1.5`/],
    [{ label: [] }, /images with `where.label` , got none/],
  ])('refuses %j', async (where, message) => {
    const columns = { split: ['train', 'test'], label: [0, 1], named: [0, 1], big: [1n, 2n] };
    const selecting = select(2, { where }, columns, { named: ['cat', 'dog'] });
    await expect(selecting).rejects.toThrow(InvalidOptionError);
    await expect(selecting).rejects.toThrow(message);
  });
});

it('columns of many pieces are followed to their end', async () => {
  const rows = 200_000;
  const label = range(rows).map((row) => row % 7);
  const columns = { label };
  const where = { label: 3 };
  expect(await select(rows, { where }, columns)).toEqual(
    range(rows).filter((row) => row % 7 === 3),
  );
  // Pieces in which there is nothing are left out.
  const images = [199_999, 3, 10, 65_535, 65_536, 150_000];
  const kept = images.filter((image) => image % 7 === 3);
  expect(await select(rows, { images, where }, columns)).toEqual(kept);
  const seen: [number, unknown, number][] = [];
  const selected = Uint32Array.from([...images].sort((a, b) => a - b));
  const column = await columnsInMemory(columns)('label');
  await forEachValue(column, rows, selected, (...visited) => seen.push(visited));
  expect(seen).toEqual(Array.from(selected, (row, place) => [row, row % 7, place]));
});

describe('images', () => {
  it('keeps these images in their order, without those that other options leave out', async () => {
    const label = range(100).map((row) => row % 2);
    const lists = fc.uniqueArray(fc.nat(99), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(lists, async (images) => {
        expect(await select(100, { images })).toEqual(images);
        const odd = images.filter((image) => image % 2 === 1);
        fc.pre(odd.length > 0);
        expect(await select(100, { images, where: { label: 1 } }, { label })).toEqual(odd);
      }),
    );
  });

  it.each<[number[], RegExp]>([
    [[0, 4], /Expected `images` to be numbers from 0 to 3, got `4` at 1/],
    [[-1], /got `-1` at 0/],
    [[0.5], /got `0.5` at 0/],
    [[2, 1, 2], /each image once in `images`, got 2 twice/],
    [[], /Expected images in `images`, got none/],
  ])('refuses %j', async (images, message) => {
    await expect(select(4, { images })).rejects.toThrow(message);
  });
});

describe('split', () => {
  const ids = fc.array(fc.string(), { minLength: 1, maxLength: 300 });

  it('divides the images: each is in one part', async () => {
    await fc.assert(
      fc.asyncProperty(ids, fc.nat(2 ** 32 - 1), async (id, seed) => {
        const parts = await Promise.all(
          Object.keys(PARTS).map((name) =>
            select(id.length, { split: resolveSplit({ name, parts: PARTS, seed }) }, { id }).catch(
              () => [],
            ),
          ),
        );
        expect(parts.flatMap((part) => part ?? []).sort((a, b) => a - b)).toEqual(range(id.length));
      }),
    );
  });

  it('leaves every image where it is when the file grows', async () => {
    await fc.assert(
      fc.asyncProperty(ids, ids, fc.nat(2 ** 32 - 1), async (before, added, seed) => {
        const split = resolveSplit({ name: 'train', parts: PARTS, seed });
        const rows = async (id: string[]): Promise<number[]> =>
          (await select(id.length, { split }, { id }).catch(() => [])) ?? [];
        const grown = await rows([...before, ...added]);
        expect(grown.filter((row) => row < before.length)).toEqual(await rows(before));
      }),
    );
  });

  it('gives each part its share, another seed another division', () => {
    const count = 20_000;
    const of = (seed: number): string[] => {
      const part = partOf(resolveSplit({ name: 'train', parts: PARTS, seed }));
      return range(count).map((i) => part(`photos/${i}.jpg`));
    };
    const [first, second] = [of(0), of(1)];
    for (const [name, share] of Object.entries(PARTS)) {
      const got = first.filter((part) => part === name).length / count;
      // Four standard deviations.
      expect(Math.abs(got - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / count));
    }
    // Independent divisions agree on the sum of the squared shares.
    const same = first.filter((part, i) => part === second[i]).length / count;
    expect(Math.abs(same - 0.54)).toBeLessThan(0.02);
  });

  it('is the one that mmh3 gives in Python', () => {
    const part = partOf(resolveSplit({ name: 'a', parts: { a: 0.25, b: 0.25, c: 0.25, d: 0.25 } }));
    // mmh3.hash(id, 0, signed=False): foo 4138058784, test 0xba6bd213, the empty text 0.
    expect(['foo', 'test', ''].map(part)).toEqual(['d', 'c', 'a']);
  });

  it('takes images with the same value to the same part, and numbers as their text', async () => {
    const patient = range(60).map((row) => row % 20);
    const split = resolveSplit({ name: 'train', parts: PARTS, by: 'patient' });
    const rows = (await select(60, { split }, { patient })) ?? [];
    const patients = new Set(rows.map((row) => row % 20));
    expect(rows).toEqual(range(60).filter((row) => patients.has(row % 20)));
    const byNumber = resolveSplit({ name: 'train', parts: PARTS, by: null });
    const part = partOf(byNumber);
    expect(await select(60, { split: byNumber })).toEqual(
      range(60).filter((row) => part(String(row)) === 'train'),
    );
  });

  it.each([
    [
      { name: 'train', parts: { train: 0.8, test: 0.1 } },
      /shares of `split.parts` to add up to 1, got 0.9/,
    ],
    [
      { name: 'dev', parts: { train: 0.8, test: 0.2 } },
      /`split.name` to be one of train, test, got `dev`/,
    ],
    [{ name: 'a', parts: { a: 1, b: 0 } }, /`split.parts.b` to be a number above 0, got `0`/],
    [{ name: 'a', parts: { a: NaN } }, /`split.parts.a` to be a number above 0, got `NaN`/],
    [
      { name: 'a', parts: { a: 1 }, seed: -1 },
      /`split.seed` to be an integer from 0 to 4294967295/,
    ],
  ])('refuses %j', (split, message) => {
    expect(() => resolveSplit(split)).toThrow(message);
  });
});

async function select(
  rows: number,
  options: SubsetOptions,
  columns: MemoryColumns = {},
  names: Readonly<Record<string, readonly string[]>> = {},
): Promise<number[] | undefined> {
  const selected = await selectImages(rows, options, columnsInMemory(columns, names));
  return selected === undefined ? undefined : Array.from(selected);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
