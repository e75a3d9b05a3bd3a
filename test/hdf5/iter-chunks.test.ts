import { iterChunks } from '#src/hdf5/iter-chunks.js';
import { resolveSelection } from '#src/hdf5/resolve-selection.js';
import fc from 'fast-check';
import { InvalidOptionError } from 'planefeed';
import type { Slice } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import type { Entry } from './arbitrary-selections.js';
import { pick } from './round-trip-model.js';
import { selectionOf } from './round-trip-ours.js';
import { maybe } from './round-trip-selections.js';

interface Chunked {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly entries: readonly Entry[];
}

const axes = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 6 }),
    chunk: fc.nat({ max: 30 }),
    start: fc.nat({ max: 99 }),
    stop: fc.nat({ max: 99 }),
    integer: maybe(3, fc.nat({ max: 99 })),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Slices of step 1, none of them empty, and integers. */
const selections: fc.Arbitrary<Chunked> = fc
  .tuple(axes, fc.nat({ max: 4 }))
  .map(([all, given]) => ({
    shape: all.map(({ length }) => length),
    chunks: all.map(({ length, chunk }) => 1 + (chunk % length)),
    entries: all.slice(0, given).map(({ length, start, stop, integer }): Entry => {
      if (integer !== null) return integer % length;
      const first = start % length;
      return { slice: [first, first + 1 + (stop % (length - first)), null] };
    }),
  }));

describe('iterChunks', () => {
  test('each selection lies in one chunk, each chunk comes once, in order', () => {
    fc.assert(
      fc.property(selections, (given) => {
        const places = chunksOf(given).map((slices) => {
          slices.forEach(({ start, stop, step }, axis) => {
            const chunk = given.chunks[axis]!;
            expect(step).toBeNull();
            expect(Math.floor(start! / chunk)).toBe(Math.floor((stop! - 1) / chunk));
          });
          return slices.map(({ start }, axis) => Math.floor(start! / given.chunks[axis]!));
        });
        for (let at = 1; at < places.length; at++) {
          expect(compare(places[at - 1]!, places[at]!)).toBeLessThan(0);
        }
      }),
    );
  });

  test('together they are the selection', () => {
    fc.assert(
      fc.property(selections, (given) => {
        const found = chunksOf(given).flatMap((slices) => {
          const entries = slices.map((part): Entry => ({ slice: [part.start, part.stop, null] }));
          return pick(given.shape, entries).elements;
        });
        const expected = pick(given.shape, given.entries).elements;
        expect(found.sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  test('of an empty selection there are none', () => {
    expect([...iterChunks(resolveSelection('2:2, :', [4, 4]), [2, 2])]).toEqual([]);
    expect([...iterChunks(resolveSelection('...', [0, 4]), [2, 2])]).toEqual([]);
  });

  test.each(['::2', '[0, 2]'])('%s has no chunks', (selection) => {
    const chunks = iterChunks(resolveSelection(selection, [4]), [2]);
    expect(() => [...chunks]).toThrow(InvalidOptionError);
  });
});

describeWithH5py('iterChunks beside h5py', () => {
  test('the same selections in the same order', async () => {
    const cases = fc.sample(selections, { numRuns: 200, seed: 4 });
    const theirs = (await h5py.run(ORACLE, cases)) as unknown[];
    cases.forEach((given, at) => {
      const ours = chunksOf(given).map((slices) => slices.map(({ start, stop }) => [start, stop]));
      expect(ours, JSON.stringify(given)).toEqual(theirs[at]);
    });
  });
});

const ORACLE = `
  f = h5py.File('oracle', 'w', driver='core', backing_store=False)
  result = []
  for i, c in enumerate(data):
      d = f.create_dataset(str(i), tuple(c['shape']), 'u1', chunks=tuple(c['chunks']))
      entries = tuple(slice(*e['slice']) if isinstance(e, dict) else e for e in c['entries'])
      # h5py wants as many as there are axes.
      entries += (slice(None),) * (d.ndim - len(entries))
      result.append([[[s.start, s.stop] for s in chunk] for chunk in d.iter_chunks(entries)])
`;

function chunksOf({ shape, chunks, entries }: Chunked): Slice[][] {
  return [...iterChunks(resolveSelection(selectionOf(entries, false), shape), chunks)];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const axis = a.findIndex((at, index) => at !== b[index]);
  return axis === -1 ? 0 : a[axis]! - b[axis]!;
}
