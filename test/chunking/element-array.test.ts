import fc from 'fast-check';
import { expect, it } from 'vitest';
import { elementArray, fromFloat16 } from '#src/chunking/element-array.js';

const kinds = [
  ['u', 2, 'setUint16', 513],
  ['i', 2, 'setInt16', -2],
  ['u', 4, 'setUint32', 0xfedcba98],
  ['i', 4, 'setInt32', -7654321],
  ['f', 4, 'setFloat32', 1.5],
  ['f', 8, 'setFloat64', Math.PI],
] as const;

it.each(kinds)('reads %s%i in both byte orders', (kind, size, setter, value) => {
  for (const littleEndian of [true, false]) {
    const bytes = new Uint8Array(2 * size);
    new DataView(bytes.buffer)[setter](size, value, littleEndian);
    expect([...elementArray(bytes, { kind, size, littleEndian })]).toEqual([0, value]);
  }
});

it('reads 8-byte integers as bigints', () => {
  const bytes = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe);
  expect([...elementArray(bytes.slice(), { kind: 'i', size: 8, littleEndian: false })]).toEqual([
    -2n,
  ]);
  expect([...elementArray(bytes.slice(), { kind: 'u', size: 8, littleEndian: false })]).toEqual([
    2n ** 64n - 2n,
  ]);
});

it('reads 16-bit floats exactly', () => {
  expect([0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00].map(fromFloat16)).toEqual(
    [0, 1, -2, 65504, 2 ** -24, 2 ** -14, Infinity, -Infinity],
  );
  expect(fromFloat16(0x7e00)).toBeNaN();
  expect(Object.is(fromFloat16(0x8000), -0)).toBe(true);
  fc.assert(
    fc.property(fc.nat(0x7bfe), (bits) => {
      expect(fromFloat16(bits + 1)).toBeGreaterThan(fromFloat16(bits));
    }),
  );
});
