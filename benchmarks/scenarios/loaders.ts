import { batchReport } from '../lib/batch-report.js';
import { batchSize } from '../lib/batches.js';
import { compare, requireSameBytes, type OpenedPeer } from '../lib/compare.js';
import { dataFile, readThrough } from '../lib/files.js';
import type { BatchReport } from '../lib/report.js';
import { startReport, type ScenarioOptions } from '../lib/scenario.js';
import { digestSource, requireFromSource, type Source } from '../lib/source-check.js';
import { otherLoaders, type OtherLoader } from '../peers/loaders/all.js';
import { planefeed } from '../peers/shuffled-batches/planefeed.js';

const full = { images: 4096, repetitions: 5, seconds: 1, pause: 0.5 };
const quick = { images: 512, repetitions: 2, seconds: 0.2, pause: 0.1 };

/** By their workers. */
const ours = [planefeed(0), planefeed(1), planefeed(2)] as const;
const baseline = ours[1];

const verifiedBatches = 2;

/**
 * Shuffled epochs of 224×224×3 images in float32 NHWC batches with labels, in 0..1, page cache hot:
 * planefeed beside the loaders of others, each with the same pixels in the format that it is for.
 */
export async function loaders(options: ScenarioOptions): Promise<BatchReport> {
  const { say } = options;
  const { seconds, pause, ...defaults } = options.quick ? quick : full;
  const images = options.images ?? defaults.images;
  const repetitions = options.repetitions ?? defaults.repetitions;
  const chosen = chooseByName(otherLoaders, options.peers);
  const start = startReport('loaders', `Other loaders: shuffled float32 batches of ${batchSize}`);
  const data = await dataFile({ images, height: 224, width: 224, placement: 'image' }, say);
  const dataOf = new Map<string, string>();
  for (const { peer } of chosen) {
    if (peer.missing?.() !== undefined) continue;
    if (peer.dataOf !== undefined) dataOf.set(peer.name, await peer.dataOf(data, say));
  }
  const compared = await compare([...ours, ...chosen.map(({ peer }) => peer)], data, {
    baseline: baseline.name,
    repetitions,
    seconds,
    verify: (opened) => requireSamePixels(opened, digestSource(data)),
    prepare(name) {
      // What worked ahead fills its queues once more: the next shall not pay for that.
      sleep(1000 * pause);
      readThrough(dataOf.get(name) ?? data.path);
    },
    say,
  });
  return batchReport(start, data, compared, {
    settings: { batchSize, repetitions, seconds, cache: 'hot' },
    baseline: baseline.name,
    promised: chosen.flatMap(({ peer, workers, atLeast }) =>
      atLeast === undefined ? [] : [{ of: ours[workers]!.name, peer: peer.name, atLeast }],
    ),
  });
}

/**
 * Those whose name has one of the words in it, in any case; all without words.
 *
 * @throws RangeError for a word that no name has
 */
export function chooseByName(
  from: readonly OtherLoader[],
  words: readonly string[] | undefined,
): readonly OtherLoader[] {
  if (words === undefined) return from;
  const has = ({ peer }: OtherLoader, word: string): boolean =>
    peer.name.toLowerCase().includes(word.toLowerCase());
  const unknown = words.find((word) => !from.some((other) => has(other, word)));
  if (unknown === undefined) return from.filter((other) => words.some((word) => has(other, word)));
  const names = from.map(({ peer }) => peer.name).join('; ');
  throw new RangeError(`Expected --peers to name some of these, got ${unknown}: ${names}`);
}

/** Orders differ, so most are held to the source image by image; those in planefeed's order to its bytes. */
async function requireSamePixels(opened: readonly OpenedPeer[], source: Source): Promise<void> {
  await requireSameBytes(opened, verifiedBatches);
  for (const { name, open } of opened) {
    const sampled = await open.sample?.(verifiedBatches);
    if (sampled !== undefined) requireFromSource(name, sampled, source);
    else if (open.digest === undefined) throw new Error(`Expected ${name} to be verifiable`);
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
