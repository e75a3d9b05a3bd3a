import { guessChunk } from '#src/hdf5/guess-chunk.js';
import fc from 'fast-check';
import { InvalidOptionError } from 'planefeed';
import { expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';

test('scalars have no chunks', () => {
  expect(() => guessChunk([], 4)).toThrow(InvalidOptionError);
  expect(() => guessChunk([], 4)).toThrow('Chunks not allowed for scalar datasets');
});

describeWithH5py('guessChunk beside h5py', () => {
  test('gives the same numbers', async () => {
    const length = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 5000 }), fc.nat({ max: 2 ** 40 }));
    const cases = fc.sample(
      fc.record({
        shape: fc.array(length, { minLength: 1, maxLength: 6 }),
        itemSize: fc.oneof(fc.constantFrom(1, 2, 4, 8, 16), fc.integer({ min: 1, max: 3_000_000 })),
      }),
      1000,
    );
    const theirs = (await h5py.run(
      `
      from h5py._hl.filters import guess_chunk
      result = [guess_chunk(tuple(c['shape']), None, c['itemSize']) for c in data]
      `,
      cases,
    )) as number[][];
    cases.forEach(({ shape, itemSize }, at) => {
      expect(guessChunk(shape, itemSize), JSON.stringify(cases[at])).toEqual(theirs[at]);
    });
  });
});
