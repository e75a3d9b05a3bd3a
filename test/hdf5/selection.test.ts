import { selectionBlocks } from '#src/hdf5/selection-blocks.js';
import { resolveSelection } from '#src/hdf5/resolve-selection.js';
import type { ResolvedSelection } from '#src/hdf5/resolve-selection.js';
import { ALL, ELLIPSIS, slice } from '#src/hdf5/selection.js';
import { parseSelection, selectionText } from '#src/hdf5/selection-text.js';
import { mask } from '#src/hdf5/nd-array.js';
import { refusePrimitive } from '#src/hdf5/comparison-error.js';
import fc from 'fast-check';
import { PlanefeedError } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { selectionCases, toSelection } from './arbitrary-selections.js';
import type { Entry, SelectionCase } from './arbitrary-selections.js';
import { groupedPairs, selectedElements, stridesOf, writeThrough } from './selected-elements.js';

describe('slice', () => {
  test('one argument is the stop, as in Python', () => {
    expect(slice(5)).toEqual({ start: null, stop: 5, step: null });
    expect(slice(1, 5, 2)).toEqual({ start: 1, stop: 5, step: 2 });
    expect(slice(undefined, null)).toEqual(ALL);
  });
});

describe('parseSelection', () => {
  test.each([
    ['1:5:2, :', [slice(1, 5, 2), ALL]],
    ['..., 0', [ELLIPSIS, 0]],
    ['-1', [-1]],
    ['[0, 3, 5], :', [[0, 3, 5], ALL]],
    ['[0, 3],', [[0, 3]]],
    ['[]', [[]]],
    ['::-1', [slice(null, null, -1)]],
    ['-3:', [slice(-3, null)]],
    [' ', []],
    ['()'.slice(1, 1), []],
  ])('%j', (text, expected) => {
    expect(parseSelection(text)).toEqual(expected);
  });

  test.each([
    'a',
    '1.5',
    '1:2:3:4',
    '[1, x]',
    '[[0]]',
    '1:x',
    ',,',
    '[0',
    '0]',
    '99999999999999999',
  ])('refuses %j', (text) => {
    expect(() => parseSelection(text)).toThrow(/Selection can't process '.*' in '.*'.*numpy/);
  });

  test('reads back what selectionText writes', () => {
    fc.assert(
      fc.property(selectionCases, (given) => {
        fc.pre(!given.entries.some((entry) => typeof entry === 'object' && 'mask' in entry));
        const selection = toSelection(given) as readonly unknown[];
        expect(parseSelection(selectionText(selection))).toEqual(selection);
      }),
    );
  });
});

describe('resolveSelection', () => {
  test('gives a hyperslab for slices and integers', () => {
    expect(resolveSelection('1:5:2, -1', [5, 10])).toEqual({
      kind: 'hyperslab',
      start: [1, 9],
      count: [2, 1],
      stride: [2, 1],
      dropped: [false, true],
      shape: [5, 10],
      resultShape: [2],
      size: 2,
    });
  });

  test('an array is the tuple, a typed array or an array inside is a list', () => {
    expect(resolveSelection([0, 2], [5, 4]).resultShape).toEqual([]);
    expect(resolveSelection([[0, 2]], [5, 4]).resultShape).toEqual([2, 4]);
    expect(resolveSelection(Uint8Array.of(0, 2), [5, 4]).resultShape).toEqual([2, 4]);
    expect(resolveSelection([BigInt64Array.of(0n, -1n), 1n], [5, 4]).resultShape).toEqual([2]);
    const indices = { data: Int32Array.of(1, 3), shape: [2], dtype: '<i4' };
    expect(resolveSelection([ALL, indices], [5, 4]).resultShape).toEqual([5, 2]);
    expect(resolveSelection([true, false, true], [3, 4]).resultShape).toEqual([2, 4]);
    expect(resolveSelection([ALL, [true, false, true]], [2, 3]).resultShape).toEqual([2, 2]);
  });

  test('a mask made from values picks them', () => {
    const values = { data: Float64Array.of(1, 9, 5, 7, 8, 3), shape: [2, 3] };
    const selection = resolveSelection(
      mask(values, (value) => value > 5),
      [2, 3],
    );
    expect(selectedElements(selection)).toEqual([1, 3, 4]);
  });

  test.each<[string, unknown, number[], RegExp]>([
    [
      'out of range',
      10,
      [5, 4],
      /^Index \(10\) out of range for \(0-4\): selection \[10\] of shape \(5, 4\)/,
    ],
    ['negative out of range', -6, [5], /^Index \(-1\) out of range for \(0-4\).* of shape \(5,\)/],
    ['empty axis', 0, [0], /Index \(0\) out of range for empty dimension/],
    ['backwards', '::-1', [5], /Step must be >= 1 \(got -1\)/],
    ['too many', [0, 2], [5], /2 indexing arguments for 1 dimensions.*\[\[0, 2\]\]/],
    ['ellipses', '..., ...', [5], /Only one ellipsis may be used/],
    ['unordered list', [[2, 0]], [5], /Indexing elements must be in increasing order/],
    ['one past the end', [[0, 5]], [5], /Fancy indexing out of range for \(0-4\)/],
    ['two lists', [[0], [1]], [5, 4], /Only one indexing vector or array/],
    ['nested list', [[[0, 1]]], [5], /Only 1D arrays allowed/],
    ['fractions in a list', [[1.5]], [5], /must have integer dtypes \(got 1.5\)/],
    ['float array', { data: [1.5], shape: [1], dtype: '<f8' }, [5], /integer dtypes \(got <f8\)/],
    ['fraction', 1.5, [5], /Selection can't process 1.5/],
    ['NaN', NaN, [5], /Selection can't process NaN/],
    ['fractional bound', slice(1.5, 2), [5], /Slice indices must be integers or null \(got 1.5\)/],
    ['null', null, [5], /newaxis.*Use ALL/],
    ['undefined in the tuple', [0, undefined], [5, 4], /newaxis/],
    ['object', {}, [5], /Selection can't process \[object Object\]/],
    [
      'mask',
      { data: [true], shape: [1], dtype: '|b1' },
      [5],
      /Boolean indexing array has incompat/,
    ],
    ['scalar', 0, [], /Illegal slicing argument for scalar dataspace/],
  ])('refuses: %s', (_, selection, shape, message) => {
    expect(() => resolveSelection(selection as number, shape)).toThrow(message);
    expect(() => resolveSelection(selection as number, shape)).toThrow(PlanefeedError);
  });

  test('says where', () => {
    expect(() => resolveSelection(9, [5], { dataset: '/a', file: 'x.h5' })).toThrow(
      /\(file x.h5, dataset \/a\)/,
    );
  });
});

describe('selectionBlocks', () => {
  test('joins evenly spaced entries of a list', () => {
    const blocks = [...selectionBlocks(resolveSelection('[0, 1, 2, 5, 7, 9, 20, 30]', [40]))];
    expect(blocks.map(({ start, count, stride }) => [start[0], count[0], stride[0]])).toEqual([
      [0, 3, 1],
      [5, 3, 2],
      [20, 1, 1],
      [30, 1, 1],
    ]);
  });

  test('reading and writing touch what a naive model of the selection does', () => {
    fc.assert(
      fc.property(selectionCases, (given) => {
        const selection = resolveOrSkip(given);
        const model = naive(given);
        expect(selection.resultShape).toEqual(model.shape);
        expect(selection.size).toBe(model.elements.length);
        expect(selectedElements(selection)).toEqual(model.elements);
        const pairs = model.elements.flatMap((at) => [at, -at]);
        // Small elements come in few large boxes, large ones in many small ones.
        expect(groupedPairs(selection, 1)).toEqual(pairs);
        expect(groupedPairs(selection, 20_000)).toEqual(pairs);
        const dataset = new Array<number>(given.shape.reduce((n, length) => n * length, 1)).fill(
          -1,
        );
        const values = model.elements.map((element) => element + 0.5);
        const written = writeThrough(dataset, values, selection);
        model.elements.forEach((element, at) => (dataset[element] = values[at]!));
        expect(written).toEqual(dataset);
      }),
      { numRuns: 500 },
    );
  });
});

describe('refusePrimitive', () => {
  test('prints, but refuses to be compared, saying how to build a mask', () => {
    const dataset = { [Symbol.toPrimitive]: (hint: string) => refusePrimitive(hint, '<d>') };
    const number = dataset as unknown as number;
    expect(`${number}`).toBe('<d>');
    expect(() => number > 5).toThrow(/can't be compared.*mask\(values, \(value\) => value > 5\)/);
    expect(() => number + 1).toThrow(PlanefeedError);
  });
});

describeWithH5py('selections beside h5py', () => {
  test('same elements, same shapes, same complaints', async () => {
    const cases = fc.sample(selectionCases, 500);
    const theirs = (await h5py.run(ORACLE, cases)) as Outcome[];
    let refused = 0;
    cases.forEach((given, at) => {
      const expected = theirs[at]!;
      const ours = outcome(given);
      if (isOnePastTheEnd(given) && ours.error?.startsWith('Fancy indexing out of range')) return;
      // An accident of h5py's: the mask alone, without the ellipsis, it takes.
      if (expected.error?.startsWith('Use other code for boolean selection')) return;
      const label = JSON.stringify({ given, expected, ours });
      if (expected.error === undefined) {
        expect(ours, label).toEqual(expected);
        return;
      }
      refused++;
      expect(ours.error, label).toBeDefined();
      expect(sameComplaint(ours.error!, expected.error, given), label).toBe(true);
    });
    expect(refused).toBeGreaterThan(20);
    expect(refused).toBeLessThan(300);
  });
});

interface Outcome {
  readonly shape?: readonly number[];
  readonly elements?: readonly number[];
  readonly error?: string;
}

const ORACLE = `
  f = h5py.File('oracle', 'w', driver='core', backing_store=False)
  datasets = {}
  def entry(e):
      if e == '...': return Ellipsis
      if not isinstance(e, dict): return e
      if 'slice' in e: return slice(*e['slice'])
      if 'list' in e: return e['list']
      return np.array(e['mask'], bool).reshape(e['shape'])
  result = []
  for case in data:
      shape = tuple(case['shape'])
      if shape not in datasets:
          numbers = np.arange(np.prod(shape, dtype=int), dtype='i4').reshape(shape)
          datasets[shape] = f.create_dataset(str(len(datasets)), data=numbers)
      try:
          got = np.asarray(datasets[shape][tuple(entry(e) for e in case['entries'])])
          result.append({'shape': got.shape, 'elements': got.ravel()})
      except Exception as error:
          result.append({'error': str(error)})
`;

function outcome(given: SelectionCase): Outcome {
  try {
    const selection = resolveSelection(toSelection(given), given.shape);
    return { shape: selection.resultShape, elements: selectedElements(selection) };
  } catch (error) {
    if (error instanceof PlanefeedError) return { error: error.message };
    throw error;
  }
}

/** h5py's bound for lists is one too far: HDF5 refuses such an index, unless nothing is read. */
function isOnePastTheEnd({ shape, entries }: SelectionCase): boolean {
  return entries.some(
    (entry) =>
      typeof entry === 'object' &&
      'list' in entry &&
      entry.list.some((index) => shape.includes(index)),
  );
}

/** h5py's words, where it doesn't leave the finding to HDF5, Python or numpy. */
function sameComplaint(ours: string, theirs: string, { entries }: SelectionCase): boolean {
  // Several things may be wrong, and the counting comes first here.
  if (/^\d+ indexing arguments|^Only one ellipsis|^Illegal slicing/.test(ours)) {
    return entries.length > 0;
  }
  const words = theirs
    .replace(/Can't synchronously read data.*/, 'Fancy indexing out of range')
    .replace('slice step cannot be zero', 'Step must be >= 1 (got 0)')
    .replace(/\.$/, '');
  return ours.toLowerCase().includes(words.toLowerCase());
}

function resolveOrSkip(given: SelectionCase): ResolvedSelection {
  try {
    return resolveSelection(toSelection(given), given.shape);
  } catch (error) {
    if (!(error instanceof PlanefeedError)) throw error;
    fc.pre(false);
    throw error;
  }
}

/** Every index of the dataset in turn: is it selected on all axes? */
function naive({ shape, entries }: SelectionCase): { shape: number[]; elements: number[] } {
  const [only] = entries;
  if (entries.length === 1 && isFullMask(only, shape)) {
    const elements = only.mask.flatMap((chosen, at) => (chosen ? [at] : []));
    return { shape: [elements.length], elements };
  }
  const at = entries.includes('...') ? entries.indexOf('...') : entries.length;
  const named = entries.filter((entry) => entry !== '...');
  const axes = shape.map((length, axis) => {
    if (axis < at) return chosenOn(named[axis]!, length);
    const fromEnd = shape.length - axis;
    const entry = fromEnd <= named.length - at ? named[named.length - fromEnd] : undefined;
    return entry === undefined
      ? chosenOn({ slice: [null, null, null] }, length)
      : chosenOn(entry, length);
  });
  const strides = stridesOf(shape);
  const elements = axes.reduce(
    (found: number[], { indices }, axis) =>
      found.flatMap((element) => indices.map((index) => element + index * strides[axis]!)),
    [0],
  );
  return {
    shape: axes.filter(({ dropped }) => !dropped).map(({ indices }) => indices.length),
    elements,
  };
}

function isFullMask(
  entry: Entry | undefined,
  shape: readonly number[],
): entry is Extract<Entry, { mask: unknown }> {
  return (
    typeof entry === 'object' &&
    'mask' in entry &&
    shape.length > 0 &&
    JSON.stringify(entry.shape) === JSON.stringify(shape)
  );
}

function chosenOn(entry: Entry, length: number): { indices: number[]; dropped: boolean } {
  const all = Array.from({ length }, (_, index) => index);
  const fromStart = (index: number): number => (index < 0 ? index + length : index);
  if (typeof entry === 'number') return { indices: [fromStart(entry)], dropped: true };
  if (entry === '...') throw new Error('an ellipsis is no axis');
  if ('list' in entry) return { indices: entry.list.map(fromStart), dropped: false };
  if ('mask' in entry) return { indices: all.filter((index) => entry.mask[index]), dropped: false };
  const [start, stop, step] = entry.slice;
  const first = Math.max(0, fromStart(start ?? 0));
  const end = fromStart(stop ?? length);
  return {
    indices: all.filter(
      (index) => index >= first && index < end && (index - first) % (step ?? 1) === 0,
    ),
    dropped: false,
  };
}
