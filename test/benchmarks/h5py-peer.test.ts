import { expect, it } from 'vitest';

import { dataFile } from '../../benchmarks/lib/files.js';
import {
  h5pyChunks,
  h5pyImages,
  h5pyPlanes,
} from '../../benchmarks/peers/shuffled-batches/h5py.js';
import { planefeed } from '../../benchmarks/peers/shuffled-batches/planefeed.js';
import { describeWithH5py } from '../support/h5py.js';

describeWithH5py('the h5py peers', () => {
  it('deliver the bytes that planefeed delivers', async () => {
    const data = await dataFile(
      { images: 64, height: 224, width: 224, placement: 'image' },
      () => undefined,
    );
    const digests: (string | undefined)[] = [];
    for (const peer of [planefeed(1), h5pyImages, h5pyPlanes, h5pyChunks]) {
      const open = await peer.open(data);
      digests.push(await open.digest?.(2));
      expect(await open.measure(1, 64)).toBeGreaterThan(0);
      await open.close();
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(digests)).toHaveProperty('size', 1);
  });

  it('say why they failed', async () => {
    const data = await dataFile(
      { images: 64, height: 224, width: 224, placement: 'image' },
      () => undefined,
    );
    const missing = { ...data, path: `${data.path}.missing` };
    await expect(h5pyImages.open(missing)).rejects.toThrow('FileNotFoundError');
  });
});
