import { array, mask, ndArray } from '#src/hdf5/nd-array.js';
import type { ArrayInput } from '#src/hdf5/nd-array.js';
import fc from 'fast-check';
import { InvalidOptionError } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { stridesOf } from './selected-elements.js';

describe('array', () => {
  test.each<[string, ArrayInput, string, number[], unknown]>([
    ['integers', [1, 2], '<i8', [2], BigInt64Array.of(1n, 2n)],
    ['any fraction', [1, 2.5], '<f8', [2], Float64Array.of(1, 2.5)],
    ['numbers beyond exact integers', [2 ** 65], '<f8', [1], Float64Array.of(2 ** 65)],
    ['bigints', [[1n], [-2]], '<i8', [2, 1], BigInt64Array.of(1n, -2n)],
    ['large bigints', [2n ** 63n, 1], '<u8', [2], BigUint64Array.of(2n ** 63n, 1n)],
    ['booleans', [true, false], '|b1', [2], Uint8Array.of(1, 0)],
    ['booleans and integers', [true, 7], '<i8', [2], BigInt64Array.of(1n, 7n)],
    ['text', [['a'], ['bc']], '|O', [2, 1], ['a', 'bc']],
    ['a number', 1.5, '<f8', [], Float64Array.of(1.5)],
    ['a string', 'abc', '|O', [], ['abc']],
    ['nothing', [[], []], '<f8', [2, 0], new Float64Array()],
    ['a typed array', Int16Array.of(1, 2), '<i2', [2], Int16Array.of(1, 2)],
    ['rows of one type', [Uint8Array.of(1), Uint8Array.of(2)], '|u1', [2, 1], Uint8Array.of(1, 2)],
    [
      'rows of two types',
      [Uint8Array.of(1), Int8Array.of(2)],
      '<i8',
      [2, 1],
      BigInt64Array.of(1n, 2n),
    ],
    ['a Buffer', Buffer.from([1, 2]), '|u1', [2], Uint8Array.of(1, 2)],
    ['with a shape', { data: [1.5, 2], shape: [1, 2] }, '<f8', [1, 2], Float64Array.of(1.5, 2)],
    [
      'named',
      { data: Float32Array.of(1, 2), shape: [1], dtype: 'c8' },
      '<c8',
      [1],
      Float32Array.of(1, 2),
    ],
    [
      'values of complex',
      { data: [1, 2], shape: [1], dtype: 'c16' },
      '<c16',
      [1],
      Float64Array.of(1, 2),
    ],
    [
      'half bits',
      { data: Uint16Array.of(0x3c00), shape: [1], dtype: 'f2' },
      '<f2',
      [1],
      Float32Array.of(1),
    ],
    ['text with a shape', { data: ['a', 'b'], shape: [2], dtype: 'S1' }, '|S1', [2], ['a', 'b']],
  ])('%s', (_, input, dtype, shape, data) => {
    const result = array(input);
    expect(result).toEqual({ data, shape, stride: stridesOf(shape), dtype });
  });

  test('converts to a named dtype', () => {
    expect(array([1, 2 ** 65], 'float16').data).toEqual(Float32Array.of(1, Infinity));
    expect(array([300, -1.5], 'u1').data).toEqual(Uint8Array.of(255, 0));
    expect(array([true], 'i4').data).toEqual(Int32Array.of(1));
    expect(array([1, 2], 'complex64').data).toEqual(Float32Array.of(1, 0, 2, 0));
    expect(array(Float64Array.of(1.7), '>i2')).toMatchObject({
      data: Int16Array.of(1),
      dtype: '>i2',
    });
    expect(array({ data: [1, 2], shape: [2] }, 'f4').data).toEqual(Float32Array.of(1, 2));
    expect(array('ab', 'S5')).toMatchObject({ data: ['ab'], dtype: '|S5' });
  });

  test('what fits as it is, is not copied', () => {
    const data = Float32Array.of(1, 2);
    expect(array(data).data).toBe(data);
    expect(array({ data, shape: [1, 2] }, '>f4').data).toBe(data);
  });

  test('makes other strides row-major', () => {
    const data = Int8Array.of(1, 2, 3, 4, 5, 6);
    expect(array({ data, shape: [3, 2], stride: [1, 3] }).data).toEqual(
      Int8Array.of(1, 4, 2, 5, 3, 6),
    );
    expect(array({ data, shape: [2], stride: [0] }).data).toEqual(Int8Array.of(1, 1));
    const text = { data: ['a', 'b', 'c', 'd'], shape: [2, 2], stride: [1, 2] };
    expect(array(text).data).toEqual(['a', 'c', 'b', 'd']);
    const complex = {
      data: Float32Array.of(1, 2, 3, 4),
      shape: [2, 1],
      stride: [1, 2],
      dtype: 'c8',
    };
    expect(array(complex).data).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  test.each<[string, unknown, RegExp]>([
    [
      'a short row',
      [[1, 2], [3]],
      /^Ragged nested array: expected 2 elements at \[1\], got 1 elements/,
    ],
    ['a missing row', [[1], 2], /expected 1 elements at \[1\], got a single value/],
    ['a row too many', [1, [2]], /expected a single value at \[1\], got 1 elements/],
    ['typed rows', [Uint8Array.of(1, 2), Uint8Array.of(1)], /expected 2 elements at \[1\]/],
    ['a typed row among deeper ones', [[[1]], Uint8Array.of(1)], /at \[1, 0\]/],
    ['null', [1, [null]], /Ragged/],
    [
      'null at a place',
      [
        [1, 2],
        [3, null],
      ],
      /Expected a number.* at \[1, 1\], got null/,
    ],
    ['undefined', undefined, /Expected a number.* at \[\], got undefined/],
    ['null alone', null, /Expected a number.* at \[\], got null/],
    ['an object', [{}], /at \[0\], got \[object Object\]/],
    ['mixed', ['a', 1], /Text and numbers/],
    ['too large', [2n ** 64n], /fit neither int64 nor uint64/],
    ['too large with negatives', [2n ** 63n, -1], /fit neither/],
    [
      'wrong shape',
      { data: [1, 2], shape: [3] },
      /^Shape \(3,\) of <i8 needs 3 entries of data, got 2/,
    ],
    [
      'wrong array',
      { data: Int8Array.of(1), shape: [1], dtype: 'f4' },
      /expected in Float32Array, got Int8Array/,
    ],
    [
      'numbers as text',
      { data: Int8Array.of(1), shape: [1], dtype: 'S1' },
      /expected in string\[\]/,
    ],
    ['wild strides', { data: [1, 2], shape: [2], stride: [2] }, /reaches outside its data/],
    ['negative strides', { data: [1, 2], shape: [2], stride: [-1] }, /reaches outside its data/],
    ['too few strides', { data: [1, 2], shape: [2, 1], stride: [1] }, /reaches outside its data/],
    ['bad shape', { data: [1], shape: [-1] }, /^The shape of an array .* got \[-1\]/],
    ['no shape', { data: [1], shape: 1 }, /^The shape of an array .* got 1/],
    ['endless nesting', endless(), /more than 32 axes/],
    ['no array', { data: 1, shape: [1] }, /must be a typed array or an array/],
  ])('refuses %s', (_, input, message) => {
    expect(() => array(input as ArrayInput)).toThrow(message);
    expect(() => array(input as ArrayInput)).toThrow(InvalidOptionError);
  });

  test('refuses what the dtype is not for', () => {
    expect(() => array(['a'], 'f4')).toThrow(/Expected a number for dtype '<f4' at \[0\], got 'a'/);
    expect(() => array([1], 'str')).toThrow(/Expected text at \[0\], got 1/);
    expect(() => array(Float32Array.of(1), 'str')).toThrow(/No conversion path/);
  });
});

test('ndArray and mask', () => {
  expect(ndArray(Int8Array.of(1, 2), [1, 2], '|i1').stride).toEqual([2, 1]);
  const chosen = mask(ndArray(Int8Array.of(1, 7, 9), [3], '|i1'), (value) => value > 5);
  expect(chosen).toEqual({ data: Uint8Array.of(0, 1, 1), shape: [3], stride: [1], dtype: '|b1' });
});

function endless(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

describeWithH5py('array beside numpy', () => {
  test('same dtype, shape and values for nested numbers', async () => {
    // JSON has no -0, and Python takes 1e20 without its point for an int.
    const fraction = fc
      .double({ noNaN: true, min: -1e15, max: 1e15 })
      .map((value) => (value === 0 ? 0 : value));
    const number = fc.oneof(fc.integer(), fraction);
    const leaf = fc.oneof(
      fc.constant(fc.integer()),
      fc.constant(fc.boolean()),
      fc.constant(number),
    );
    const nested = fc
      .tuple(leaf, fc.array(fc.nat({ max: 3 }), { maxLength: 3 }))
      .chain(([value, shape]) =>
        shape.reduceRight<fc.Arbitrary<unknown>>(
          (inner, length) => fc.array(inner, { minLength: length, maxLength: length }),
          value,
        ),
      );
    const cases = fc.sample(nested, 300) as ArrayInput[];
    const theirs = await h5py.run(
      `
      result = []
      for value in data:
          a = np.array(value)
          result.append([a.dtype.str, a.shape, [repr(float(v)) for v in a.ravel()]])
      `,
      // Python reads 1.0 as a float, and JavaScript writes it as 1: so does this test.
      cases,
    );
    const ours = cases.map((input) => {
      const { data, shape, dtype } = array(input);
      return [dtype, shape, Array.from(data as ArrayLike<number | bigint>, Number)];
    });
    const expected = (theirs as [string, number[], string[]][]).map(([dtype, shape, values]) => [
      dtype,
      shape,
      values.map(Number),
    ]);
    ours.forEach((result, at) => {
      expect(result, JSON.stringify(cases[at])).toEqual(expected[at]);
    });
  });
});
