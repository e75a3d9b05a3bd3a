import fc from 'fast-check';
import { expect, it } from 'vitest';
import { untransposeBits } from '#src/chunking/filters/bit-transpose.js';

/** By the definition: bit `k` of an element goes to bit `i % 8` of byte `i / 8` of row `k`. */
function transposeBits(bytes: Uint8Array, elements: number, size: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < elements; i++) {
    for (let k = 0; k < 8 * size; k++) {
      const bit = (bytes[i * size + (k >> 3)]! >> (k & 7)) & 1;
      result[(k * elements + i) >> 3]! |= bit << (i & 7);
    }
  }
  return result;
}

it('puts the bits back, wherever the elements lie', () => {
  const cases = fc
    .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 9 }), fc.nat(5), fc.nat(5))
    .chain(([eights, size, from, to]) =>
      fc.record({
        elements: fc.constant(8 * eights),
        size: fc.constant(size),
        from: fc.constant(from),
        to: fc.constant(to),
        plain: fc.uint8Array({ minLength: 8 * eights * size, maxLength: 8 * eights * size }),
      }),
    );
  fc.assert(
    fc.property(cases, ({ elements, size, from, to, plain }) => {
      const stored = new Uint8Array(from + plain.length);
      stored.set(transposeBits(plain, elements, size), from);
      const out = new Uint8Array(to + plain.length + 3).fill(77);
      untransposeBits(stored, from, elements, size, out, to);
      expect(out.subarray(to, to + plain.length)).toEqual(Uint8Array.from(plain));
      const around = [...out.subarray(0, to), ...out.subarray(to + plain.length)];
      expect(around.every((byte) => byte === 77)).toBe(true);
    }),
  );
});
