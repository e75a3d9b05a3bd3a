import { broadcast, expandShape } from '#src/hdf5/broadcast.js';
import { resolveSelection } from '#src/hdf5/resolve-selection.js';
import fc from 'fast-check';
import { InvalidOptionError, PlanefeedError } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { selectionCases, toSelection } from './arbitrary-selections.js';
import { writeThrough } from './selected-elements.js';

describe('broadcast', () => {
  test('repeats axes of length 1, and missing ones', () => {
    const selection = resolveSelection('..., 0', [2, 3, 4]);
    expect(expandShape([3], selection)).toEqual([1, 3, 1]);
    expect(broadcast(Int8Array.of(1, 2, 3), [3], selection)).toEqual(
      Int8Array.of(1, 2, 3, 1, 2, 3),
    );
    expect(broadcast(Int8Array.of(1, 2), [2, 1], selection)).toEqual(
      Int8Array.of(1, 1, 1, 2, 2, 2),
    );
    expect(broadcast(['x'], [], selection)).toEqual(['x', 'x', 'x', 'x', 'x', 'x']);
  });

  test('what fits is handed on, pairs stay together', () => {
    const selection = resolveSelection(':2', [3]);
    const data = Float32Array.of(1, 2);
    expect(broadcast(data, [2], selection)).toBe(data);
    expect(broadcast(data, [1], selection, 2)).toEqual(Float32Array.of(1, 2, 1, 2));
  });

  test.each<[string, number[], RegExp]>([
    [':', [2], /^Can't broadcast \(2,\) -> \(3,\)/],
    [':', [2, 3], /^Can't broadcast \(2, 3\) -> \(3,\)/],
    ['0', [2], /^Can't broadcast \(2,\) -> \(\)/],
    ['[0, 2]', [3], /^Broadcasting is not supported for complex selections.*\(3,\) to \(2,\)/],
    ['[0, 2]', [1], /^Broadcasting is not supported for complex selections/],
  ])('%s of (3,) refuses %j', (text, shape, message) => {
    const data = new Int8Array(shape.reduce((n, length) => n * length, 1));
    const selection = resolveSelection(text, [3]);
    expect(() => broadcast(data, shape, selection)).toThrow(message);
    expect(() => broadcast(data, shape, selection)).toThrow(InvalidOptionError);
  });

  test('a mask takes as many values as it has, in any shape', () => {
    const selection = resolveSelection([true, false, true], [3]);
    expect(broadcast(Int8Array.of(1, 2), [2], selection)).toEqual(Int8Array.of(1, 2));
    const points = resolveSelection(
      { data: Uint8Array.of(1, 0, 1, 1), shape: [2, 2], dtype: '|b1' },
      [2, 2],
    );
    expect(broadcast(Int8Array.of(1, 2, 3), [3, 1], points)).toEqual(Int8Array.of(1, 2, 3));
    expect(() => broadcast(Int8Array.of(1), [1], points)).toThrow(/point-wise selections/);
  });
});

describeWithH5py('writing beside h5py', () => {
  test('the same datasets, and the same refusals', async () => {
    const cases = fc.sample(writes, 300);
    const theirs = (await h5py.run(ORACLE, cases)) as (number[] | string)[];
    let [written, refused] = [0, 0];
    cases.forEach((given, at) => {
      const expected = theirs[at]!;
      const ours = write(given);
      const label = JSON.stringify({ given, expected, ours });
      if (typeof expected !== 'string') {
        written++;
        expect(ours, label).toEqual(expected);
        return;
      }
      // An accident of h5py's: without the ellipsis it takes such a mask.
      if (expected.startsWith('Use other code for boolean selection')) return;
      refused++;
      // One value for a list: h5py takes it or not, by the size of the chunks.
      if (given.source.length === 0 && typeof ours !== 'string') return;
      expect(ours, label).toContain(expected);
    });
    expect(written).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(20);
  });
});

interface Write {
  readonly shape: readonly number[];
  readonly entries: Parameters<typeof toSelection>[0]['entries'];
  readonly source: readonly number[];
}

const writes: fc.Arbitrary<Write> = selectionCases
  .map((given) => ({ given, resultShape: resultShapeOf(given) }))
  .filter(({ resultShape }) => resultShape !== undefined)
  .chain(({ given, resultShape = [] }) =>
    fc
      .record({
        drop: fc.nat({ max: resultShape.length }),
        ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        wrong: fc.oneof(
          { weight: 5, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.constant(1) },
        ),
        extra: fc.nat({ max: 1 }),
      })
      .map(({ drop, ones, wrong, extra }) => {
        const kept = resultShape
          .map((length, axis) => (ones[axis] === true ? 1 : length + wrong))
          .slice(drop);
        return { ...given, source: extra === 1 && kept.length > 0 ? [1, ...kept] : kept };
      }),
  );

function resultShapeOf(given: Parameters<typeof toSelection>[0]): readonly number[] | undefined {
  try {
    return resolveSelection(toSelection(given), given.shape).resultShape;
  } catch (error) {
    if (error instanceof PlanefeedError) return undefined;
    throw error;
  }
}

const ORACLE = `
  f = h5py.File('oracle', 'w', driver='core', backing_store=False)
  result = []
  for i, case in enumerate(data):
      d = f.create_dataset(str(i), tuple(case['shape']), 'i4', fillvalue=-1)
      source = np.arange(np.prod(case['source'], dtype=int), dtype='i4').reshape(case['source'])
      try:
          d[selection(case['entries'])] = source
          result.append(d[...].ravel())
      except Exception as error:
          result.append(str(error))
`;

function write(given: Write): number[] | string {
  const size = (shape: readonly number[]): number => shape.reduce((n, length) => n * length, 1);
  const dataset = new Array<number>(size(given.shape)).fill(-1);
  const source = Int32Array.from({ length: size(given.source) }, (_, at) => at);
  const selection = resolveSelection(toSelection(given), given.shape);
  try {
    return writeThrough(dataset, [...broadcast(source, given.source, selection)], selection);
  } catch (error) {
    if (error instanceof PlanefeedError) return error.message;
    throw error;
  }
}
