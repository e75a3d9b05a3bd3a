import { toList } from '#src/hdf5/to-list.js';
import fc from 'fast-check';
import { array } from 'planefeed';
import type { ArrayInput } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { nestModel, size } from './round-trip-model.js';
import { arrayOf, elementTypes, valuesOf } from './round-trip-types.js';
import type { ElementType, Value } from './round-trip-types.js';

interface Filled {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly values: readonly Value[];
}

const filled = (types: fc.Arbitrary<ElementType>): fc.Arbitrary<Filled> =>
  fc.tuple(types, fc.array(fc.nat({ max: 4 }), { maxLength: 4 })).chain(([type, shape]) => {
    const length = size(shape);
    return fc
      .array(valuesOf(type), { minLength: Math.min(1, length), maxLength: 8 })
      .map((pool) => ({
        type,
        shape,
        values: Array.from({ length }, (_, at) => pool[at % pool.length]!),
      }));
  });

const dtypeOf = (type: ElementType): string => (type.kind === 'number' ? type.str : '|O');

describe('toList', () => {
  test('is the elements one by one, in the nesting of the shape', () => {
    fc.assert(
      fc.property(filled(elementTypes), ({ type, shape, values }) => {
        const list = toList({ data: arrayOf(type, values), shape, dtype: dtypeOf(type) });
        expect(list).toEqual(nestModel({ shape, values }));
      }),
    );
  });

  test('undoes array, which undoes it', () => {
    const plain = elementTypes.filter(({ kind }) => kind !== 'compound');
    fc.assert(
      fc.property(filled(plain), ({ type, shape, values }) => {
        // Complex numbers have no form in nested lists, nor has an axis within one of length 0.
        fc.pre(!dtypeOf(type).includes('c') && !shape.slice(0, -1).includes(0));
        const list = nestModel({ shape, values });
        const made = array(list as ArrayInput, dtypeOf(type));
        expect(made.shape).toEqual(shape);
        expect(toList(made)).toEqual(list);
      }),
    );
  });

  test('complex numbers and compounds are objects', () => {
    const pairs = Float32Array.of(1, 2, 3, 4);
    expect(toList({ data: pairs, shape: [2], dtype: '<c8' })).toEqual([
      { re: 1, im: 2 },
      { re: 3, im: 4 },
    ]);
    const points = { x: Int8Array.of(1, 2), z: pairs };
    expect(toList({ data: points, shape: [2, 1], dtype: '|V9' })).toEqual([
      [{ x: 1, z: { re: 1, im: 2 } }],
      [{ x: 2, z: { re: 3, im: 4 } }],
    ]);
  });
});

describeWithH5py('toList beside numpy', () => {
  test('the nesting of tolist', async () => {
    const shapes = fc.sample(fc.array(fc.nat({ max: 4 }), { maxLength: 4 }), {
      numRuns: 100,
      seed: 4,
    });
    const theirs = (await h5py.run(
      'result = [np.arange(np.prod(s, dtype=int)).reshape(s).tolist() for s in data]',
      shapes,
    )) as unknown[];
    shapes.forEach((shape, at) => {
      const data = Int32Array.from({ length: size(shape) }, (_, element) => element);
      expect(toList({ data, shape, dtype: '<i4' })).toEqual(theirs[at]);
    });
  });
});
