import { batchReport } from '../lib/batch-report.js';
import { batchSize } from '../lib/batches.js';
import { compare } from '../lib/compare.js';
import { dataFile, readThrough } from '../lib/files.js';
import type { Peer } from '../lib/peer.js';
import type { BatchReport } from '../lib/report.js';
import { startReport, type ScenarioOptions } from '../lib/scenario.js';
import { cLimit } from '../peers/shuffled-batches/c-limit.js';
import { h5pyChunks, h5pyImages, h5pyPlanes } from '../peers/shuffled-batches/h5py.js';
import { h5wasmImages, h5wasmPlanes } from '../peers/shuffled-batches/h5wasm.js';
import { copyBatches, preadImages, preadPlanes } from '../peers/shuffled-batches/limits.js';
import { planefeed } from '../peers/shuffled-batches/planefeed.js';

const full = { images: 4096, repetitions: 5, seconds: 1 };
const quick = { images: 512, repetitions: 3, seconds: 0.2 };

const baseline = planefeed(1);
const twoWorkers = planefeed(2);
const oneThread = cLimit(1, 'native');
const twoThreads = cLimit(2, 'native');

/** In the order of the table. */
const peers: readonly Peer[] = [
  planefeed(0),
  baseline,
  twoWorkers,
  h5wasmImages,
  h5wasmPlanes,
  h5pyImages,
  h5pyPlanes,
  h5pyChunks,
  oneThread,
  twoThreads,
  cLimit(1, '128-bit'),
  cLimit(2, '128-bit'),
  preadImages,
  preadPlanes,
  copyBatches,
];

const targets = [
  { of: baseline, peer: h5wasmImages, atLeast: 10 },
  { of: baseline, peer: h5pyImages, atLeast: 5 },
  { of: baseline, peer: h5pyPlanes, atLeast: 2 },
  { of: baseline, peer: oneThread, atLeast: 0.65 },
  { of: twoWorkers, peer: twoThreads, atLeast: 0.75 },
] as const;

const verifiedBatches = 2;

/**
 * Shuffled epochs of 224×224×3 images in float32 NHWC batches with labels, in 0..1, page cache hot:
 * planefeed beside h5wasm, h5py and what the machine allows.
 */
export async function shuffledBatches(options: ScenarioOptions): Promise<BatchReport> {
  const { say } = options;
  const defaults = options.quick ? quick : full;
  const { seconds } = defaults;
  const images = options.images ?? defaults.images;
  const repetitions = options.repetitions ?? defaults.repetitions;
  const start = startReport(
    'shuffled-batches',
    `Shuffled float32 NHWC batches of ${batchSize} with labels`,
  );
  const data = await dataFile({ images, height: 224, width: 224, placement: 'image' }, say);
  const compared = await compare(peers, data, {
    baseline: baseline.name,
    repetitions,
    seconds,
    verify: verifiedBatches,
    prepare() {
      readThrough(data.path);
    },
    say,
  });
  return batchReport(start, data, compared, {
    settings: { batchSize, repetitions, seconds, cache: 'hot' },
    baseline: baseline.name,
    promised: targets.map(({ of, peer, atLeast }) => ({ of: of.name, peer: peer.name, atLeast })),
  });
}
