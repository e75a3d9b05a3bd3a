import fc from 'fast-check';
import { expect, it } from 'vitest';

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
