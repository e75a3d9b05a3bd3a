import { sameDType, compoundDType, numericDType, stringDType } from '#src/hdf5/dtype.js';
import { parseDType } from '#src/hdf5/dtype-name.js';
import type { ArrayOf } from '#src/hdf5/array-data.js';
import { describe, expect, expectTypeOf, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';

const CODES = 'i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 b1 c8 c16 ? b B h H i I l L q Q e f d F D'.split(
  ' ',
);
const NAMES = [
  ...'int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64'.split(' '),
  ...'complex64 complex128 bool bool_ byte ubyte short ushort intc uintc int int_ uint'.split(' '),
  ...'half single double float csingle cdouble complex S1 S10 O'.split(' '),
];
const ACCEPTED = [
  ...NAMES,
  ...CODES.flatMap((code) => ['', '<', '>', '=', '|'].map((order) => order + code)),
  ...['|S7', '<S7', '>S7', '|O'],
];
const REFUSED = [
  '<int32',
  '>float',
  '=bool',
  'int3',
  'f3',
  'i16',
  'c4',
  'nonsense',
  '<',
  '<<i4',
  'S-1',
];

describe('parseDType', () => {
  test('knows size, kind and order', () => {
    expect(parseDType('>i4')).toEqual({ kind: 'i', itemsize: 4, byteOrder: '>', str: '>i4' });
    expect(parseDType('S10')).toMatchObject({ kind: 'S', itemsize: 10, encoding: 'ascii' });
    expect(parseDType('str')).toMatchObject({ kind: 'O', str: '|O', encoding: 'utf-8' });
    const given = stringDType({ length: 4 });
    expect(parseDType(given)).toBe(given);
  });

  test.each([...REFUSED, '', 'U10', '<U3', 'S', 'S0', 'M8[s]', 'V4', 'f16'])(
    'refuses %j',
    (name) => {
      expect(() => parseDType(name)).toThrow(`No conversion path for dtype '${name}'`);
    },
  );
});

test('sameDType compares compounds field by field', () => {
  const field = { name: 'r', dtype: numericDType('f', 4), offset: 0 };
  const one = compoundDType([field], 8);
  expect(sameDType(one, compoundDType([field], 8))).toBe(true);
  expect(sameDType(one, compoundDType([{ ...field, offset: 4 }], 8))).toBe(false);
  expect(sameDType(one, compoundDType([], 8))).toBe(false);
  expect(sameDType(numericDType('f', 4), numericDType('f', 4, '>'))).toBe(false);
});

test('names decide the type of the array', () => {
  expectTypeOf<ArrayOf<'float16'>>().toEqualTypeOf<Float32Array>();
  expectTypeOf<ArrayOf<'>i8'>>().toEqualTypeOf<BigInt64Array>();
  expectTypeOf<ArrayOf<'|b1'>>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<ArrayOf<'S10'>>().toEqualTypeOf<string[]>();
  expectTypeOf<ArrayOf<'complex128'>>().toEqualTypeOf<Float64Array>();
});

describeWithH5py('dtype names beside numpy', () => {
  test('the same names mean the same', async () => {
    const theirs = (await h5py.run(
      `
      def describe(name):
          try: t = np.dtype(name)
          except TypeError: return None
          return [t.str.replace('=', '<'), t.itemsize, t.kind]
      result = [describe(name) for name in data]
      `,
      [...ACCEPTED, ...REFUSED],
    )) as (unknown[] | null)[];
    ACCEPTED.forEach((name, at) => {
      const { str, itemsize, kind } = parseDType(name);
      expect([str, itemsize, kind], name).toEqual(theirs[at]);
    });
    expect(theirs.slice(ACCEPTED.length)).toEqual(REFUSED.map(() => null));
  });
});
