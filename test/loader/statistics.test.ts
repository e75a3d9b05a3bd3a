import path from 'node:path';
import fc from 'fast-check';
import { openLoader } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainStats, type LoaderFacts } from '#src/loader/explain.js';
import type { LaneStats } from '#src/loader/lane.js';
import { createLatencyHistogram } from '#src/loader/latency.js';
import { createStatistics, type LoaderStats } from '#src/loader/statistics.js';
import { writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

let temp: SharedDirectory;
let file: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count: 60 });
});
afterAll(() => temp.remove());

describe('the statistics of a loader', () => {
  it.each([0, 2])('add up, with %i workers', async (workers) => {
    await using loader = await openLoader(file, { workers, batchSize: 7, epochs: 3 });
    expect(loader.stats()).toMatchObject({ timeToFirstBatch: undefined, bottleneck: undefined });
    for await (const batch of loader) expect(batch.indices.length).toBeGreaterThan(0);
    const stats = loader.stats();
    expect(stats).toMatchObject({ batches: 27, images: 180, workers });
    const { planning, reading, decoding, verifying, assembling } = stats.waits;
    const waits = planning + reading + decoding + verifying + assembling;
    expect(waits).toBeCloseTo(stats.waitTime, 6);
    expect(stats.amplification).toBe(stats.bytesRead / stats.bytesWanted);
    expect(stats.headroom).toBe((stats.waitTime + stats.consumerTime) / stats.consumerTime);
    expect(stats.timeToFirstBatch).toBeGreaterThan(0);
    expect(stats.timeToFirstBatch).toBeLessThanOrEqual(stats.waitTime);
    expect(stats.latency.p50).toBeLessThanOrEqual(stats.latency.p90);
    expect(stats.latency.p90).toBeLessThanOrEqual(stats.latency.p99);
    expect(stats.latency.p99).toBeLessThanOrEqual(stats.waitTime);
    expect(stats.occupancy).toBeGreaterThan(0);
    expect(stats.occupancy).toBeLessThanOrEqual(1);
    const { bottleneck, finding } = loader.explain();
    expect(bottleneck).toBe(stats.bottleneck);
    expect(finding).not.toBe('');
  });
});

describe('waits', () => {
  it('go to the stages in proportion, whatever the numbers', () => {
    const time = fc.nat(1e9).map((microseconds) => microseconds / 1000);
    fc.assert(
      fc.property(
        fc.nat(8),
        fc.tuple(time, time, time, time, time, time, time),
        (workers, times) => {
          const [wait, consumer, plan, read, decode, verify, assemble] = times;
          const statistics = createStatistics(workers);
          statistics.delivered(1, wait);
          statistics.consumed(consumer);
          const stats = statistics.stats(
            laneStats({
              planTime: plan,
              readTime: read,
              decodeTime: decode,
              verifyTime: verify,
              assembleTime: assemble,
            }),
            noCorruption,
            0,
          );
          const { planning, reading, decoding, verifying, assembling } = stats.waits;
          const sum = planning + reading + decoding + verifying + assembling;
          expect(Math.abs(sum - wait)).toBeLessThanOrEqual(1e-9 * wait);
          for (const each of Object.values(stats.waits)) expect(each).toBeGreaterThanOrEqual(0);
          expect(stats.occupancy).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('the latency histogram', () => {
  it('tells quantiles at most 9 % too long', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1e7, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, q) => {
          const histogram = createLatencyHistogram();
          for (const value of values) histogram.add(value);
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
          const told = histogram.quantile(q);
          expect(told).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
          expect(told).toBeLessThanOrEqual(exact * 1.0906);
        },
      ),
    );
  });

  it('counts what is too short or too long for it', () => {
    const histogram = createLatencyHistogram();
    expect(histogram.quantile(0.5)).toBe(0);
    histogram.add(0);
    expect(histogram.quantile(1)).toBe(0);
    histogram.add(1e12);
    expect(histogram.quantile(0.5)).toBeLessThan(0.01);
    expect(histogram.quantile(1)).toBeGreaterThan(1e7);
  });
});

describe('an explanation', () => {
  const facts: LoaderFacts = {
    workers: 2,
    cores: 2,
    shuffle: 'full',
    dtype: 'float32',
    lane: 'fast',
    filters: [],
    channels: 3,
  };

  it('of a disk that seeks: placement and window shuffle', () => {
    const stats = statsOf({ readTime: 1900, assembleTime: 100, requests: 300, bytesRead: 100e6 });
    expect(explainStats(stats, facts)).toEqual({
      bottleneck: 'disk',
      finding: 'disk-bound: 94 % of the time waiting for reads (100 MB/s)',
      advice: [
        'try placement image',
        'try window shuffle',
        'read less: fewer channels, or a crop of uncompressed images',
      ],
    });
  });

  it('of reads that the page cache answers', () => {
    const stats = statsOf({ readTime: 1900, assembleTime: 100, requests: 100, bytesRead: 9e9 });
    expect(explainStats(stats, { ...facts, workers: 1 }).advice).toEqual([
      'use more workers than 1',
      'read less: fewer channels, or a crop of uncompressed images',
      'the file comes from memory: no disk is faster',
    ]);
  });

  it('of chunks that hold more than is wanted', () => {
    const stats = statsOf({
      ...{ readTime: 1900, assembleTime: 100, requests: 100 },
      ...{ bytesRead: 300e6, bytesWanted: 100e6 },
    });
    expect(explainStats(stats, { ...facts, shuffle: false }).advice[0]).toBe(
      'store the images in chunks (1, h, w, 1): 3.0 bytes are read for each one wanted',
    );
  });

  it.each([
    [{ decodeTime: 1900 }, 'decode', /deflate to be undone/],
    [{ verifyTime: 1900 }, 'verify', /waiting for checksums/],
    [{ assembleTime: 1900 }, 'assemble', /pixels to be converted/],
    [{ planTime: 900, readTime: 100 }, 'planning', /chunk index and read plans/],
  ] as const)('of %j: bound by %s', (times, bottleneck, finding) => {
    const explanation = explainStats(statsOf(times), { ...facts, filters: ['deflate'] });
    expect(explanation.bottleneck).toBe(bottleneck);
    expect(explanation.finding).toMatch(finding);
    expect(explanation.advice.length).toBeGreaterThan(0);
  });

  it('of a consumer that takes its time', () => {
    const statistics = createStatistics(2);
    statistics.delivered(32, 50);
    for (let batch = 0; batch < 9; batch++) {
      statistics.consumed(100);
      statistics.delivered(32, 1);
    }
    const stats = statistics.stats(laneStats({ readTime: 900 }), noCorruption, 0);
    const { bottleneck, finding } = explainStats(stats, facts);
    expect(bottleneck).toBe('consumer');
    expect(finding).toBe(
      'the loader waits for the consumer: 94 % of the time its batches are worked on',
    );
  });
});

const noCorruption = { corrupt: 0, replaced: 0, skipped: 0 };

function laneStats(some: Partial<LaneStats>): LaneStats {
  return {
    ...{ bytesWanted: 100e6, bytesRead: 100e6, requests: 100, verified: 0, unverified: 0 },
    ...{ planTime: 0, readTime: 0, decodeTime: 0, verifyTime: 0, assembleTime: 0 },
    ...some,
  };
}

/** Of 100 images in two batches that were waited for during 990 of 1000 ms. */
function statsOf(lane: Partial<LaneStats>): LoaderStats {
  const statistics = createStatistics(2);
  statistics.delivered(50, 90);
  statistics.consumed(5);
  statistics.delivered(50, 900);
  statistics.consumed(5);
  return statistics.stats(laneStats(lane), noCorruption, 0);
}
