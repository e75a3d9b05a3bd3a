import { expect, it } from 'vitest';
import { digest, murmur3 } from '#src/common/hash.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

// Of mmh3, the Python package, and of Wikipedia's article on MurmurHash.
it.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['test', 0, 0xba6bd213],
  ['test', 0x9747b28c, 0x704b81dc],
  ['Hello, world!', 0, 0xc0363e43],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ['foo', 0, 4138058784],
])('murmur3 of %j with seed %i', (text, seed, expected) => {
  expect(murmur3(bytes(text), seed)).toBe(expected);
});

it('a digest tells apart values and their order, not their type', () => {
  const digests = [[1, 2], [2, 1], [1], [1, 2, 0]].map((list) => digest(Uint32Array.from(list)));
  expect(new Set(digests).size).toBe(4);
  expect(digest(bytes('ab'))).toBe(digest('ab'));
  expect(digest('ab')).toMatch(/^[0-9a-f]{16}$/);
});
