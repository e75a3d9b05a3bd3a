import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lookup3 } from '#src/chunking/format/lookup3.js';

// Values of `driver5` in Bob Jenkins' lookup3.c.
it('hashes as the published code does', () => {
  expect(lookup3(new Uint8Array(0))).toBe(0xdeadbeef);
  expect(lookup3(new TextEncoder().encode('Four score and seven years ago'))).toBe(0x17770551);
});

it('hashes the asked range only, at any alignment', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 9 }),
      fc.uint8Array({ maxLength: 9 }),
      (bytes, before, after) => {
        const around = Uint8Array.from([...before, ...bytes, ...after]);
        const end = before.length + bytes.length;
        expect(lookup3(around, before.length, end)).toBe(lookup3(bytes));
      },
    ),
  );
});

it('changes with every bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, at) => {
      const changed = bytes.slice();
      changed[(at >> 3) % bytes.length]! ^= 1 << (at & 7);
      expect(lookup3(changed)).not.toBe(lookup3(bytes));
    }),
  );
});
