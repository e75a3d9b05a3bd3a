import { compare, type Comparison } from '../lib/compare.js';
import { dataFile, readThrough } from '../lib/files.js';
import type { Peer } from '../lib/peer.js';
import type { Bound, Case, CaseReport, Target } from '../lib/report.js';
import { startReport, type ScenarioOptions } from '../lib/scenario.js';
import { pairedRatios, summarize } from '../lib/statistics.js';
import { wholeImageFile } from '../lib/whole-image-file.js';
import { bytesOfEpoch, layoutPeer, type LayoutData } from '../peers/loader-layouts/planefeed.js';

const full = { images: 4096, repetitions: 7, seconds: 1 };
const quick = { images: 256, repetitions: 2, seconds: 0.05 };

const channel = [1];
const workerCounts = [1, 2];

interface Comparing {
  readonly name: string;
  readonly of: (workers: number) => Peer<LayoutData>;
  readonly than: (workers: number) => Peer<LayoutData>;
  readonly atLeast: number;
}

const comparisons: readonly Comparing[] = [
  {
    name: 'whole images, in chunks of a channel and in chunks of an image',
    of: (workers) => layoutPeer('planar', workers),
    than: (workers) => layoutPeer('whole', workers),
    atLeast: 0.95,
  },
  {
    name: 'one channel of three, and all three',
    of: (workers) => layoutPeer('planar', workers, channel),
    than: (workers) => layoutPeer('planar', workers),
    atLeast: 2.5,
  },
];

/**
 * What a chunk for each channel costs where whole images are read, and what it gains where one channel is:
 * shuffled float32 NHWC batches of the same 224×224×3 images, page cache hot.
 */
export async function loaderLayouts(options: ScenarioOptions): Promise<CaseReport> {
  const { say } = options;
  const defaults = options.quick ? quick : full;
  const { seconds } = defaults;
  const images = options.images ?? defaults.images;
  const repetitions = options.repetitions ?? defaults.repetitions;
  const start = startReport('loader-layouts', 'A chunk a channel, and a chunk an image');
  const planar = await dataFile({ images, height: 224, width: 224, placement: 'image' }, say);
  const data = { images, planar: planar.path, whole: await wholeImageFile(planar, say) };

  const cases: Case[] = [];
  const targets: Target[] = [];
  for (const { name, of, than, atLeast } of comparisons) {
    say(name);
    const peers = workerCounts.flatMap((workers) => [of(workers), than(workers)]);
    const baseline = peers[0]!.name;
    const { results } = await compare(peers, data, {
      baseline,
      repetitions,
      seconds,
      verify: 2,
      prepare() {
        readThrough(data.planar);
        readThrough(data.whole);
      },
      say,
    });
    cases.push({ name, unit: 'images', show: 'rate', baseline, results });
    for (const workers of workerCounts) {
      targets.push(target(results, of(workers).name, than(workers).name, atLeast));
    }
  }
  const settings = { repetitions, seconds, cache: 'hot' } as const;
  const bounds = [await thirdOfBytes(data)];
  return { ...start, settings, cases, bounds, skipped: [], targets };
}

function target(results: Comparison['results'], of: string, name: string, atLeast: number): Target {
  const samplesOf = (peer: string): readonly number[] =>
    results.find((result) => result.name === peer)!.samples;
  const measured = summarize(pairedRatios(samplesOf(of), samplesOf(name))).median;
  return { name, atLeast, measured, met: measured >= atLeast, of };
}

async function thirdOfBytes({ planar }: LayoutData): Promise<Bound> {
  const measured = (3 * (await bytesOfEpoch(planar, channel))) / (await bytesOfEpoch(planar));
  const name = 'bytes read for one channel of three';
  return { name, unit: 'thirds', atMost: 1, measured, met: measured === 1 };
}
