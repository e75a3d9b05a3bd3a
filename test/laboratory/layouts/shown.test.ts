/** What the laboratory has to show on a modelled 7200 rpm disk; the figures are in `docs/layouts.md`. */
import { beforeAll, describe, expect, it } from 'vitest';
import { modelLayouts } from '#src/laboratory/bench/model.js';
import type { BenchReport, ModelledFigure } from '#src/laboratory/bench/report.js';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import { layoutNamed, type ImageSet } from '#src/laboratory/layouts/layout.js';
import type { Pattern, Reader } from '#src/laboratory/layouts/patterns.js';

const AHEAD = 256;
const DISKS = ['seagate-st3500418as', 'samsung-hd502hj', 'hgst-ultrastar-7k8'];

describe.each(DISKS)('on %s', (name) => {
  const entry = deviceNamed(name);
  const { capacity } = entry.device as { capacity: number };
  // Over a tenth of the disk.
  const set: ImageSet = {
    shape: [Math.ceil((0.1 * capacity) / (224 * 224 * 3)), 224, 224, 3],
    itemSize: 1,
  };
  let report: Pick<BenchReport, 'modelled' | 'mixing'>;
  beforeAll(async () => {
    report = await modelLayouts({
      ...{ set, devices: [entry], batchSize: 32, ratio: 1, images: 4096, window: 4096 },
      layouts: ['plane', 'plane-channel'].map((layout) => layoutNamed(set, layout)),
      patterns: ['images shuffled', 'images window-shuffled'],
      reading: { ahead: AHEAD, depth: 4 },
    });
  });
  const of = (layout: string, pattern: Pattern, reader: Reader): ModelledFigure =>
    report.modelled[0]!.figures.find(
      (one) => one.layout === layout && one.pattern === pattern && one.reader === reader,
    )!;
  const mixingOf = (pattern: Pattern): number => {
    const found = report.mixing.find((one) => one.pattern === pattern)!;
    return found.neighbourhoods / found.randomNeighbourhoods;
  };

  it('window shuffle keeps 0.8 of the sequential rate, and mixes nine tenths as far as chance', () => {
    expect(of('plane', 'images window-shuffled', 'planefeed').ofCeiling).toBeGreaterThanOrEqual(
      0.8,
    );
    // Three runs of planes for one of images: shorter ones.
    const apart = of('plane-channel', 'images window-shuffled', 'planefeed').ofCeiling;
    expect(apart).toBeGreaterThanOrEqual(0.7);
    expect(mixingOf('images window-shuffled')).toBeGreaterThan(0.9);
  });

  it('h5py, shuffled, gets under a tenth where a channel is by itself, and little more elsewhere', () => {
    expect(of('plane-channel', 'images shuffled', 'h5py').ofCeiling).toBeLessThan(0.1);
    expect(of('plane', 'images shuffled', 'h5py').ofCeiling).toBeLessThan(0.15);
  });

  it('exact shuffle with look-ahead gets 1.5 times what the naive order does', () => {
    expect(set.shape[0]).toBeGreaterThan(100 * AHEAD);
    const gain =
      of('plane', 'images shuffled', 'planefeed').imagesPerSecond /
      of('plane', 'images shuffled', 'h5py').imagesPerSecond;
    expect(gain).toBeGreaterThanOrEqual(1.5);
    expect(mixingOf('images shuffled')).toBeGreaterThan(0.99);
  });
});
