import type { BenchOptions } from '#src/laboratory/bench/bench.js';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import { patternNames } from '#src/laboratory/layouts/patterns.js';

export const PATTERNS = patternNames;

/** A bench of a moment. */
export const smallBench: BenchOptions = {
  set: { shape: [20_000, 64, 64, 3], itemSize: 1 },
  layouts: ['plane', 'plane-channel', 'block-image', 'contiguous'],
  patterns: PATTERNS,
  devices: ['hdd', 'ssd'].map(deviceNamed),
  ...{ batchSize: 32, ahead: 128, window: 512, depth: 4, images: 512, ratio: 0.8 },
  quick: true,
  command: 'planefeed bench --quick',
};
