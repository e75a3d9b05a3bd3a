import path from 'node:path';
import { openLoader, type LoaderOptions } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';
import { countReads } from '../support/count-reads.js';

// Planes of 64 × 72 bytes: larger than the coalescing gap, as planes of real images are.
const [COUNT, HEIGHT, WIDTH] = [1024, 64, 72];
const PLANE = HEIGHT * WIDTH;

let temp: SharedDirectory;
let byImage: string;
let byChannel: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  const options = { count: COUNT, height: HEIGHT, width: WIDTH };
  byImage = await writeImageFile(path.join(temp.path, 'image.h5'), options);
  byChannel = await writeImageFile(path.join(temp.path, 'channel.h5'), {
    ...options,
    placement: 'channel',
  });
});
afterAll(() => temp.remove());

describe('bytes and requests at the file', () => {
  it.each([
    { name: 'in order', shuffle: false },
    { name: 'shuffled', shuffle: 'full' },
  ] as const)('one channel of three is a third of the bytes, $name', async ({ shuffle }) => {
    for (const file of [byImage, byChannel]) {
      const all = await readsOfEpoch(file, { shuffle, coalesceGap: 0 });
      const one = await readsOfEpoch(file, { shuffle, coalesceGap: 0, channels: [1] });
      expect(all.bytes).toBe(COUNT * 3 * PLANE);
      expect(one.bytes).toBe(COUNT * PLANE);
    }
    // With the default gap too, where channels lie side by side.
    const one = await readsOfEpoch(byImage, { shuffle, channels: [1] });
    expect(one.bytes).toBeLessThan(1.01 * COUNT * PLANE);
  });

  it('placement image: a shuffled image is one request for 98 % of images, and for all with a gap of 4 KiB', async () => {
    // One image a window, so that a read can't serve two images.
    const alone = { batchSize: 1, prefetch: 1, shuffle: 'full' } as const;
    const strict = await readsOfEpoch(byImage, { ...alone, coalesceGap: 0 });
    expect(strict.imagesInOneRead / COUNT).toBeGreaterThanOrEqual(0.98);
    const withGap = await readsOfEpoch(byImage, { ...alone, coalesceGap: 4096 });
    expect(withGap.requests).toBe(COUNT);
    expect(withGap.bytes).toBeLessThan(1.01 * COUNT * 3 * PLANE);
  });

  it('placement channel: a sequential scan of one channel averages 100 planes a request', async () => {
    const scan = await readsOfEpoch(byChannel, { channels: [0] });
    expect(COUNT / scan.requests).toBeGreaterThanOrEqual(100);
    expect(scan.bytes).toBeLessThan(1.01 * COUNT * PLANE);
  });

  it('stats() says what was read', async () => {
    const { stats, bytes, requests } = await readsOfEpoch(byImage, {
      shuffle: 'full',
      channels: [0, 2],
    });
    expect(stats).toMatchObject({
      bytesRead: bytes,
      requests,
      bytesWanted: COUNT * 2 * PLANE,
      images: COUNT,
      batches: COUNT / 32,
    });
  });
});

/**
 * Runs an epoch in the calling thread and counts the reads that reach the file system. The epoch
 * before it has read the index of the chunks, which is kept.
 */
async function readsOfEpoch(
  file: string,
  options: LoaderOptions,
): Promise<{
  bytes: number;
  requests: number;
  imagesInOneRead: number;
  stats: Counts;
}> {
  await using loader = await openLoader(file, { ...options, workers: 0 });
  for await (const batch of loader) expect(batch.images.length).toBeGreaterThan(0);
  const before = loader.stats();
  const lengths = await countReads(async () => {
    for await (const batch of loader) expect(batch.images.length).toBeGreaterThan(0);
  });
  return {
    bytes: lengths.reduce((a, b) => a + b, 0),
    requests: lengths.length,
    imagesInOneRead: lengths.filter((length) => length === 3 * PLANE).length,
    stats: since(before, loader.stats()),
  };
}

const counted = ['bytesRead', 'requests', 'bytesWanted', 'images', 'batches'] as const;
type Counts = Record<(typeof counted)[number], number>;

function since(before: Counts, now: Counts): Counts {
  return Object.fromEntries(counted.map((key) => [key, now[key] - before[key]])) as Counts;
}
