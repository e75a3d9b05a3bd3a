import { expect, it } from 'vitest';

import { dataFile } from '../../benchmarks/lib/files.js';
import { cLimit } from '../../benchmarks/peers/shuffled-batches/c-limit.js';
import { planefeed } from '../../benchmarks/peers/shuffled-batches/planefeed.js';

it.each([
  [1, 'native'],
  [2, 'native'],
  [2, '128-bit'],
] as const)(
  'the limit in C, %d threads, %s, delivers the bytes that planefeed delivers, or says that there is no compiler',
  async (threads, simd) => {
    const limit = cLimit(threads, simd);
    const missing = limit.missing?.();
    if (missing !== undefined) {
      expect(missing.reason).toContain('no C compiler');
      return;
    }
    const data = await dataFile(
      { images: 64, height: 224, width: 224, placement: 'image' },
      () => undefined,
    );
    const digests: (string | undefined)[] = [];
    for (const peer of [planefeed(0), limit]) {
      const open = await peer.open(data);
      digests.push(await open.digest?.(2));
      expect(await open.measure(1, 64)).toBeGreaterThan(0);
      await open.close();
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  },
);
