import { cast } from '#src/hdf5/cast.js';
import type { ArrayData, CompoundData } from '#src/hdf5/array-data.js';
import { compoundDType, stringDType } from '#src/hdf5/dtype.js';
import { parseDType } from '#src/hdf5/dtype-name.js';
import { decodeElements, decodeFloat16Bits, encodeElements } from '#src/hdf5/element-bytes.js';
import { decodeFloat16, encodeFloat16, roundToFloat16, toFloat16Bits } from '#src/hdf5/float16.js';
import fc from 'fast-check';
import { InvalidOptionError } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';

const castTo = (data: ArrayData, from: string, to: string): ArrayData =>
  cast(data, parseDType(from), parseDType(to));

const INTEGERS = ['i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8'];
const FLOATS = ['f2', 'f4', 'f8'];
const NUMERIC = [...INTEGERS, ...FLOATS];

describe('float16', () => {
  test('every half comes back as itself', () => {
    const bits = Uint16Array.from({ length: 0x10000 }, (_, at) => at);
    const again = encodeFloat16(decodeFloat16(bits));
    const isNaN16 = (value: number): boolean =>
      (value & 0x7c00) === 0x7c00 && (value & 0x3ff) !== 0;
    bits.forEach((value, at) => {
      if (isNaN16(value)) expect(isNaN16(again[at]!)).toBe(true);
      else if (again[at] !== value) expect(again[at]).toBe(value);
    });
  });

  test('rounds to the nearest, ties to even', () => {
    const values = decodeFloat16(Uint16Array.from({ length: 0x7c00 }, (_, at) => at));
    for (let at = 0; at + 1 < values.length; at++) {
      const middle = (values[at]! + values[at + 1]!) / 2;
      const even = at % 2 === 0 ? at : at + 1;
      const gap = middle * 2 ** -50;
      const got = [toFloat16Bits(middle), toFloat16Bits(middle - gap), toFloat16Bits(middle + gap)];
      if (got[0] !== even || got[1] !== at || got[2] !== at + 1)
        expect(got).toEqual([even, at, at + 1]);
    }
  });

  test('overflows in silence, as HDF5 does', () => {
    expect([2 ** 65, -(2 ** 65), 65504, 65505].map(roundToFloat16)).toEqual([
      Infinity,
      -Infinity,
      65504,
      Infinity,
    ]);
    expect(toFloat16Bits(-0)).toBe(0x8000);
    expect(roundToFloat16(NaN)).toBeNaN();
  });
});

describe('cast', () => {
  test('integers are cut and clipped', () => {
    const floats = Float64Array.of(1e30, -1e30, NaN, Infinity, 1.9, -1.9, 255.5);
    expect(castTo(floats, 'f8', 'u1')).toEqual(Uint8Array.of(255, 0, 0, 255, 1, 0, 255));
    expect(castTo(floats, 'f8', 'i1')).toEqual(Int8Array.of(127, -128, 0, 127, 1, -1, 127));
    expect(castTo(floats, 'f8', 'i8')).toEqual(
      BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 0n, 2n ** 63n - 1n, 1n, -1n, 255n),
    );
    expect(castTo(BigInt64Array.of(-1n, 300n), 'i8', 'u8')).toEqual(BigUint64Array.of(0n, 300n));
    expect(castTo(BigUint64Array.of(2n ** 64n - 1n), 'u8', 'i4')).toEqual(
      Int32Array.of(2 ** 31 - 1),
    );
  });

  test('bool, complex and text', () => {
    expect(castTo(Float32Array.of(0, 0.5, -2), 'f4', 'bool')).toEqual(Uint8Array.of(0, 1, 1));
    expect(castTo(Uint8Array.of(0, 1), 'bool', 'f4')).toEqual(Float32Array.of(0, 1));
    expect(castTo(Int8Array.of(1, 2), 'i1', 'complex64')).toEqual(Float32Array.of(1, 0, 2, 0));
    expect(castTo(Float64Array.of(1, 2), 'c16', 'c8')).toEqual(Float32Array.of(1, 2));
    expect(castTo(['a'], 'str', 'S3')).toEqual(['a']);
  });

  test('what has the same form in memory is left alone', () => {
    const data = Float32Array.of(1);
    expect(castTo(data, '<f4', '>f4')).toBe(data);
  });

  test.each([
    ['f4', 'str'],
    ['str', 'f4'],
    ['c8', 'f4'],
    ['S4', 'bool'],
  ])('there is no path from %s to %s', (from, to) => {
    const data = /^[sS]/.test(from) ? ['1'] : Float32Array.of(1, 2);
    expect(() => castTo(data, from, to)).toThrow(InvalidOptionError);
    expect(() => castTo(data, from, to)).toThrow(/^No conversion path from dtype '.+' to '.+'/);
  });
});

describe('elements', () => {
  test('numbers keep their bits in either byte order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NUMERIC, 'b1', 'c8', 'c16'),
        fc.constantFrom('<', '>'),
        fc.uint8Array({ minLength: 0, maxLength: 10 }),
        (code, order, seed) => {
          const dtype = parseDType(order + code);
          const values = castTo(Float64Array.from(seed), 'f8', order + code);
          const bytes = encodeElements(values, dtype);
          expect(bytes.length).toBe(seed.length * dtype.itemsize);
          const unaligned = new Uint8Array(bytes.length + 1);
          unaligned.set(bytes, 1);
          expect(decodeElements(unaligned.subarray(1), dtype)).toEqual(values);
        },
      ),
    );
  });

  test('big-endian is most significant first', () => {
    expect([...encodeElements(Int32Array.of(1), parseDType('>i4'))]).toEqual([0, 0, 0, 1]);
    expect([...encodeElements(Float32Array.of(1, 2), parseDType('>f2'))]).toEqual([
      0x3c, 0, 0x40, 0,
    ]);
    expect(decodeFloat16Bits(Uint8Array.of(0x3c, 0), parseDType('>f2'))).toEqual(
      Uint16Array.of(0x3c00),
    );
  });

  test('encoding does not change what it is given', () => {
    const data = Int16Array.of(1, 2);
    encodeElements(data, parseDType('>i2'));
    expect(data).toEqual(Int16Array.of(1, 2));
  });

  test('fixed-length text is padded, cut and checked', () => {
    const bytes = encodeElements(['ab', 'abcdef', ''], parseDType('S4'));
    expect(decodeElements(bytes, parseDType('S4'))).toEqual(['ab', 'abcd', '']);
    const utf8 = stringDType({ length: 4 });
    expect(decodeElements(encodeElements(['aéé€'], utf8), utf8)).toEqual(['aé']);
    expect(() => encodeElements(['é'], parseDType('S4'))).toThrow(/'é' \(element 0\).*ASCII/);
    expect(() => decodeElements(bytes, parseDType('str'))).toThrow(InvalidOptionError);
    expect(() => encodeElements(['a'], parseDType('str'))).toThrow(InvalidOptionError);
  });

  test('compounds are one array a field', () => {
    const dtype = compoundDType(
      [
        { name: 'x', dtype: parseDType('>f4'), offset: 4 },
        { name: 'label', dtype: parseDType('S2'), offset: 1 },
      ],
      9,
    );
    const data: CompoundData = { x: Float32Array.of(1.5, -2), label: ['a', 'bc'] };
    const bytes = encodeElements(data, dtype);
    expect(bytes.length).toBe(18);
    expect(decodeElements(bytes, dtype)).toEqual(data);
    expect(() => encodeElements({ label: ['a'] }, dtype)).toThrow(/Field 'x' is missing.*x, label/);
    expect(() => encodeElements({ ...data, label: [] }, dtype)).toThrow(/same number of elements/);
  });
});

describeWithH5py('casts beside h5py', () => {
  test('all halves have the value that numpy gives them', async () => {
    const theirs = (await h5py.run(`
      halves = np.arange(65536, dtype='u2').view('f2').astype('f8')
      result = [None if np.isnan(v) else repr(v) for v in halves.tolist()]
    `)) as (string | null)[];
    const ours = decodeFloat16(Uint16Array.from({ length: 0x10000 }, (_, at) => at));
    theirs.forEach((text, at) => {
      const expected = text === null ? NaN : Number(text.replace('inf', 'Infinity'));
      if (!Object.is(ours[at], expected)) expect(ours[at], String(at)).toBe(expected);
    });
  });

  test('what HDF5 converts on writing, between all numeric types', async () => {
    const cases = NUMERIC.flatMap((from) =>
      NUMERIC.filter((to) => to !== from).map((to) => ({
        from,
        to,
        values: samples(from, to),
      })),
    );
    const theirs = (await h5py.run(
      ORACLE,
      cases.map(({ from, to, values }) => ({ from, to, hex: hex(encode(values, from)) })),
    )) as string[];
    cases.forEach(({ from, to, values }, at) => {
      const ours = encode(castTo(values, from, to), to);
      const expected = Buffer.from(theirs[at]!, 'hex');
      if (hex(ours) === theirs[at]) return;
      expect(decodeElements(ours, parseDType(to)), `${from} → ${to} of ${values.join()}`).toEqual(
        decodeElements(expected, parseDType(to)),
      );
    });
  });
});

const ORACLE = `
  f = h5py.File('oracle', 'w', driver='core', backing_store=False)
  result = []
  for i, case in enumerate(data):
      values = np.frombuffer(bytes.fromhex(case['hex']), '<' + case['from'])
      f.create_dataset(str(i), values.shape, '<' + case['to'])[...] = values
      result.append(f[str(i)][...].tobytes().hex())
`;

type Numbers = Exclude<ArrayData, string[] | CompoundData>;

/** Values all over the range of `from`, and at the edges of the range and precision of `to`. */
function samples(from: string, to: string): Numbers {
  const raw = fc.sample(fc.uint8Array({ minLength: 8, maxLength: 8 }), 100);
  const anywhere = raw.flatMap((bytes) => [...bytes.subarray(0, Number(from[1]))]);
  const patterns = decodeElements(Uint8Array.from(anywhere), parseDType(from)) as Numbers;
  const near = fc.sample(fc.double({ noNaN: true, min: -70000, max: 70000 }), 100);
  const edges = [8, 11, 15, 16, 24, 31, 32, 53, 63, 64, 127, 128].flatMap((power) =>
    [-1, -0.5, 0, 0.5, 1].flatMap((rest) => [2 ** power + rest, -(2 ** power) + rest]),
  );
  const small = [-26, -25, -24, -15, -14, 0].flatMap((power) => [2 ** power, 1.5 * 2 ** power]);
  const plain = [...near, ...edges, ...small, 65504, 65505, 65519, 65520, 2049, 2051, -0];
  const all = [
    ...Array.from(patterns as ArrayLike<number | bigint>),
    ...Array.from(castTo(Float64Array.from(plain), 'f8', from) as ArrayLike<number | bigint>),
  ].filter((value) => isDefined(value, to, from));
  const like = castTo(new Float64Array(all.length), 'f8', from) as Numbers;
  all.forEach((value, at) => (like[at] = value));
  return like;
}

/**
 * What HDF5 leaves to the processor: NaN to an integer, half infinities to wide ones, and the first
 * number beyond the range where the float can't hold the last one within.
 */
function isDefined(value: number | bigint, to: string, from: string): boolean {
  const number = Number(value);
  if (Number.isNaN(number)) return false;
  if (!FLOATS.includes(from) || FLOATS.includes(to)) return true;
  if (number === 2 ** (8 * Number(to[1]) - (to.startsWith('i') ? 1 : 0))) return false;
  // With the processor's own halves HDF5 doesn't clip negative ones to zero, but wraps them.
  if (from === 'f2' && to.startsWith('u') && number <= -1) return false;
  return from !== 'f2' || Number.isFinite(number);
}

function encode(data: ArrayData, code: string): Uint8Array {
  return encodeElements(data, parseDType(code));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
