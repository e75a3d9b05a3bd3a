import fc from 'fast-check';
import { expect, it } from 'vitest';

import { exactMoments, floatMoments, type ChannelMoments } from '#src/ingest/channel-moments.js';
import type { PixelArray } from '#src/ingest/pixel-types.js';
import { sumsOfPlane } from '#src/ingest/plane-sums.js';

const pixels = 7;

function momentsOf(
  make: (pixels: number) => ChannelMoments,
  planes: readonly PixelArray[],
  /** Planes before the state is stored and taken up again. */
  cut = 0,
): ChannelMoments {
  let moments = make(pixels);
  planes.forEach((plane, at) => {
    if (at === cut) {
      const state = moments.state();
      moments = make(pixels);
      moments.restore(at, state);
    }
    moments.add(sumsOfPlane(plane));
  });
  return moments;
}

it('moments of integers are exact, whenever they are stored and taken up again', () => {
  const plane = fc
    .array(fc.oneof(fc.nat(65_535), fc.constant(65_535)), { minLength: pixels, maxLength: pixels })
    .map((values) => Uint16Array.from(values));
  fc.assert(
    fc.property(fc.array(plane, { minLength: 1, maxLength: 20 }), fc.nat(20), (planes, cut) => {
      const moments = momentsOf(exactMoments, planes, cut);
      const values = planes.flatMap((each) => [...each]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(moments.mean()).toBe(mean);
      expect(moments.std()).toBeCloseTo(Math.sqrt(variance), 6);
      expect(moments.state()).toEqual(momentsOf(exactMoments, planes).state());
    }),
  );
});

it('the state of integers holds more than 53 bits', () => {
  const moments = exactMoments(1);
  const squares = 2n ** 80n + 1n;
  moments.add({ kind: 'exact', sum: 2n ** 60n + 1n, squares });
  const again = exactMoments(1);
  again.restore(1, moments.state());
  again.add({ kind: 'exact', sum: 0n, squares: 0n });
  const [high, low, high2, low2] = again.state();
  expect(BigInt(high!) + BigInt(low!)).toBe(2n ** 60n + 1n);
  expect(BigInt(high2!) + BigInt(low2!)).toBe(squares);
});

it('moments of floats stay near the true ones far from zero, the same bits for any sessions', () => {
  const plane = fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: pixels, maxLength: pixels })
    .map((values) => Float32Array.from(values, (value) => 1e6 + value));
  fc.assert(
    fc.property(fc.array(plane, { minLength: 1, maxLength: 30 }), fc.nat(30), (planes, cut) => {
      const moments = momentsOf(floatMoments, planes, cut);
      // Distances from 10⁶ are exact in doubles.
      const values = planes.flatMap((each) => [...each]).map((value) => value - 1e6);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(moments.mean() - 1e6 - mean)).toBeLessThan(1e-9);
      expect(Math.abs(moments.std() - Math.sqrt(variance))).toBeLessThan(1e-7);
      expect(moments.state()).toEqual(momentsOf(floatMoments, planes).state());
    }),
  );
});

it('where a channel of floats holds NaN, its statistics are NaN', () => {
  const planes = [new Float32Array(pixels), Float32Array.from({ length: pixels }, () => NaN)];
  const moments = momentsOf(floatMoments, planes);
  expect([moments.mean(), moments.std()]).toEqual([NaN, NaN]);
});
