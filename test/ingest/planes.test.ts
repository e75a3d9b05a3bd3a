import zlib from 'node:zlib';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { PixelArray, PixelDtype } from '#src/ingest/pixel-types.js';
import { pixelTypes } from '#src/ingest/pixel-types.js';
import { createPlaneMemory } from '#src/ingest/plane-memory.js';
import { sumsOfPlane } from '#src/ingest/plane-sums.js';
import { splitPlanes } from '#src/ingest/planes.js';

it('puts every element of channel c into plane c, in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.uint8Array({ maxLength: 200 }), (c, bytes) => {
      const pixels = Math.floor(bytes.length / c);
      const planes = Array.from({ length: c }, () => new Uint8Array(pixels));
      splitPlanes(bytes.subarray(0, pixels * c), planes);
      const joined = Array.from(
        { length: pixels * c },
        (_, i) => planes[i % c]![Math.floor(i / c)],
      );
      expect(joined).toEqual([...bytes.subarray(0, pixels * c)]);
    }),
  );
});

/** Images of any bits: NaN and -0 among the floats. */
const images = fc
  .record({
    dtype: fc.constantFrom<PixelDtype>('uint8', 'uint16', 'float32'),
    channels: fc.integer({ min: 1, max: 4 }),
    pixels: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 300 })),
    rows: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer(),
  })
  .map((shape) => {
    const { dtype, channels, pixels, rows } = shape;
    let state = shape.seed | 1;
    const bytes = Uint8Array.from(
      { length: rows * channels * pixels * pixelTypes[dtype].bytes },
      () => (state = Math.imul(state, 0x01000193) ^ (state >>> 15)) >>> 8,
    );
    const all = new pixelTypes[dtype].array(bytes.buffer);
    // Copying one by one in JavaScript makes one NaN of all; the kernels keep their bits.
    all.forEach((value, i) => {
      if (Number.isNaN(value)) all[i] = Number.NaN;
    });
    return { ...shape, all };
  });

const bytesOf = (array: PixelArray): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

it('the kernels split and sum up as the TypeScript does, bit for bit', () => {
  fc.assert(
    fc.property(images, ({ dtype, channels, pixels, rows, all }) => {
      const memory = createPlaneMemory({ capacity: rows, channels, pixels, dtype });
      const expected: PixelArray[][] = [];
      for (let row = 0; row < rows; row++) {
        const image = all.subarray(row * channels * pixels, (row + 1) * channels * pixels);
        memory.put(row, image);
        const planes = Array.from({ length: channels }, () => new pixelTypes[dtype].array(pixels));
        splitPlanes(image, planes);
        expected.push(planes);
      }
      for (const [row, planes] of expected.entries()) {
        const sums = memory.sums(row);
        for (const [channel, plane] of planes.entries()) {
          const bytes = bytesOf(plane);
          expect(Buffer.compare(memory.plane(row, channel), bytes)).toBe(0);
          expect(memory.checksum(row, channel)).toBe(zlib.crc32(bytes));
          expect(sums[channel]).toEqual(sumsOfPlane(plane));
        }
      }
      for (let channel = 0; channel < channels; channel++) {
        const planes = expected.map((row) => bytesOf(row[channel]!));
        const run = bytesOf(memory.run(0, channel, rows));
        expect(Buffer.compare(run, Buffer.concat(planes))).toBe(0);
      }
    }),
    { numRuns: 300 },
  );
});
