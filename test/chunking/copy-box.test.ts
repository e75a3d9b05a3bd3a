import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyBox } from '#src/chunking/copy-box.js';
import { elementsOf } from './grids.js';

const dimension = fc.record({
  extent: fc.nat(3),
  from: fc.tuple(fc.nat(2), fc.nat(2)),
  to: fc.tuple(fc.nat(2), fc.nat(2)),
});

it('copies what copying element by element would', () => {
  fc.assert(
    fc.property(
      fc.array(dimension, { maxLength: 4 }),
      fc.constantFrom(1, 2, 8),
      (dimensions, size) => {
        const extent = dimensions.map((d) => d.extent);
        const side = (key: 'from' | 'to') => ({
          start: dimensions.map((d) => d[key][0]),
          shape: dimensions.map((d) => d[key][0] + d.extent + d[key][1]),
        });
        const bytesOf = (shape: number[]) => shape.reduce((product, n) => product * n, size);
        const [from, to] = [side('from'), side('to')];
        const source = Uint8Array.from({ length: bytesOf(from.shape) }, (_, i) => (i % 251) + 1);
        const result = new Uint8Array(bytesOf(to.shape));
        copyBox(extent, size, { ...from, bytes: source }, { ...to, bytes: result });

        const expected = new Uint8Array(result.length);
        const offset = ({ shape, start }: typeof from, element: number[]) =>
          element.reduce((sum, at, d) => sum * shape[d]! + at + start[d]!, 0) * size;
        for (const element of elementsOf(extent)) {
          const at = offset(from, element);
          expected.set(source.subarray(at, at + size), offset(to, element));
        }
        expect(result).toEqual(expected);
      },
    ),
  );
});
