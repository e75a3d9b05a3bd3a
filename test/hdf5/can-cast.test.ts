import { canCast } from '#src/hdf5/can-cast.js';
import { compoundDType, parseDType, stringDType } from 'planefeed';
import type { DType } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';

const NUMBERS = [
  ...['|b1', '|i1', '|u1'],
  ...['i2', 'i4', 'i8', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'c8', 'c16'].flatMap((code) => [
    `<${code}`,
    `>${code}`,
  ]),
];
const TEXT = ['S1', 'S4', 'S10', 'str'];

describe('canCast', () => {
  test('numbers and text are different things, whatever numpy says', () => {
    for (const number of NUMBERS) {
      for (const text of TEXT) {
        expect(canCast(parseDType(number), parseDType(text))).toBe(false);
        expect(canCast(parseDType(text), parseDType(number))).toBe(false);
      }
    }
  });

  test('a compound only to the same compound', () => {
    const point = (code: string, name = 'x'): DType =>
      compoundDType([{ name, dtype: parseDType(code), offset: 0 }], 8);
    expect(canCast(point('i4'), point('i4'))).toBe(true);
    expect(canCast(point('i4'), point('i8'))).toBe(false);
    expect(canCast(point('i4'), point('i4', 'y'))).toBe(false);
    expect(canCast(point('i4'), parseDType('f8'))).toBe(false);
    expect(canCast(parseDType('i4'), point('i4'))).toBe(false);
  });

  test('text fits where there is room for its bytes', () => {
    const utf8 = stringDType({ length: 4 });
    expect(canCast(utf8, parseDType('S4'))).toBe(true);
    expect(canCast(utf8, parseDType('S3'))).toBe(false);
    expect(canCast(parseDType('str'), parseDType('str'))).toBe(true);
  });
});

describeWithH5py('canCast beside numpy', () => {
  test.each([
    ['numbers', NUMBERS],
    ['text', TEXT],
  ])('the same for all pairs of %s', async (_, names) => {
    const pairs = names.flatMap((from) => names.map((to): [string, string] => [from, to]));
    const theirs = (await h5py.run(
      `
      kind = lambda name: h5py.string_dtype() if name == 'str' else np.dtype(name)
      result = [bool(np.can_cast(kind(a), kind(b), 'safe')) for a, b in data]
      `,
      pairs,
    )) as boolean[];
    const ours = pairs.map(([from, to]) => canCast(parseDType(from), parseDType(to)));
    const differing = pairs.filter((_pair, at) => ours[at] !== theirs[at]);
    expect(differing).toEqual([]);
  });
});
