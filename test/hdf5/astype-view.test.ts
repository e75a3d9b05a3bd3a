import path from 'node:path';

import fc from 'fast-check';
import { File, InvalidOptionError, toList } from 'planefeed';
import type { Dataset } from 'planefeed';
import { expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';
import { selectionOf } from './round-trip-ours.js';
import { arbitrarySelection, selectionOf as entriesOf } from './round-trip-selections.js';

const REAL = ['|i1', '|u1', '<i2', '>u2', '>i4', '<u4', '<i8', '>u8', '<f2', '>f2', '<f4', '>f8'];

/** Fractions, negative numbers, and some beyond the range of most types. */
const values = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -300, max: 300 }) },
  { weight: 3, arbitrary: fc.double({ min: -300, max: 300, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(60_000, -60_000, 1e9, -1e9, 0.5, 1.5, 2 ** -20) },
);

const SHAPE = [3, 4];

const cases = fc.record({
  from: fc.constantFrom(...REAL),
  values: fc.array(values, { minLength: 12, maxLength: 12 }),
  selection: arbitrarySelection.map((raw) => entriesOf(raw, SHAPE)),
});

describeWithH5py('astype beside h5py', () => {
  test('the same elements from every type to every other, of any selection', async () => {
    const given = fc.sample(cases, { numRuns: 60, seed: 4 }).map((one) => ({
      ...one,
      values: one.values.map((value) => defined(value, one.from)),
    }));
    const name = path.join(await temporaryDirectory(), 'file.h5');
    {
      using file = await File.open(name, 'w');
      given.forEach(({ from, values: data }, at) => {
        file.createDataset(String(at), { data: { data, shape: SHAPE }, dtype: from });
      });
    }
    const theirs = (await h5py.run(ORACLE, { name, given, wanted: REAL })) as Answer[][];
    using file = await File.open(name);
    given.forEach(({ from, selection }, at) => {
      const dataset = file.dataset(String(at));
      REAL.forEach((to, index) => {
        const got = dataset.astype(to).get(selectionOf(selection, false));
        const ours = { shape: got.shape, values: flat(toList(got)) };
        if (isSwapped(from, to)) return;
        expect(ours, `${from} → ${to}: ${JSON.stringify(given[at])}`).toEqual(theirs[at]![index]);
      });
    });
  });

  test('is a view: it follows what is written, and has the shape of the dataset', async () => {
    using file = await File.open(path.join(await temporaryDirectory(), 'file.h5'), 'w');
    const dataset: Dataset = file.createDataset('x', { data: [1.5, 2.5], maxshape: [null] });
    const view = dataset.astype('int16');
    expect(view.dtype).toBe('<i2');
    dataset.resize([3]);
    dataset.set(2, 99_999);
    expect(view.shape).toEqual([3]);
    expect(view.get().data).toEqual(Int16Array.of(1, 2, 32_767));
  });

  test('what h5py refuses: real numbers as complex ones, floats as truth', async () => {
    using file = await File.open(path.join(await temporaryDirectory(), 'file.h5'), 'w');
    const dataset = file.createDataset('x', { data: [0, 0.5, -2], dtype: 'f4' });
    expect(dataset.astype('c16').get().data).toEqual(Float64Array.of(0, 0, 0.5, 0, -2, 0));
    expect(dataset.astype('bool').get().data).toEqual(Uint8Array.of(0, 1, 1));
  });

  test.each([
    ['S3', 'f4'],
    ['f4', 'S3'],
    ['c8', 'f4'],
    ['f4', 'str'],
  ])('there is none from %s to %s', async (from, to) => {
    using file = await File.open(path.join(await temporaryDirectory(), 'file.h5'), 'w');
    const dataset = file.createDataset('x', { shape: [2], dtype: from });
    expect(() => dataset.astype(to).get()).toThrow(InvalidOptionError);
  });
});

/**
 * A value for which HDF5 gives the same on all ways of conversion. It leaves halves to the
 * processor: negative ones as unsigned integers, and infinities; and where byte
 * orders differ it makes the least integer of floats between -1 and 0.
 */
function defined(value: number, from: string): number {
  if (from.endsWith('f2')) return Math.min(Math.abs(value), 60_000);
  return from[1] === 'f' && value > -1 && value < 0 ? 0 : value;
}

/**
 * Where the byte orders differ, and the types else but in sign, HDF5 only swaps the bytes: a
 * negative number wraps around instead of becoming 0.
 */
function isSwapped(from: string, to: string): boolean {
  const [a, b] = [from, to].map((dtype) => dtype.slice(1).replace('u', 'i'));
  return a === b && !from.startsWith(to[0]!) && from[1] !== to[1];
}

interface Answer {
  readonly shape: readonly number[];
  readonly values: readonly unknown[];
}

const ORACLE = `
  def text(v):
      if isinstance(v, int): return str(v)
      if v != v or v in (float('inf'), float('-inf')): return repr(v)
      return str(int(v)) if v == int(v) and str(v) != '-0.0' else v
  result = []
  with h5py.File(data['name']) as f:
      for i, c in enumerate(data['given']):
          answers = []
          for to in data['wanted']:
              got = np.asarray(f[str(i)].astype(to)[selection(c['selection'])])
              answers.append({'shape': got.shape, 'values': [text(v) for v in got.ravel().tolist()]})
          result.append(answers)
`;

/** Integers as text, which Python's `text` gives as well. */
function flat(list: unknown): unknown[] {
  if (Array.isArray(list)) return list.flatMap(flat);
  if (typeof list === 'bigint') return [String(list)];
  const number = list as number;
  if (!Number.isFinite(number)) return [String(number).replace('Infinity', 'inf').toLowerCase()];
  if (Object.is(number, -0)) return [-0];
  return [Number.isInteger(number) ? String(BigInt(number)) : number];
}
