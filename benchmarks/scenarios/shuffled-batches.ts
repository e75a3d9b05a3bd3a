import { batchSize } from '../lib/batches.js';
import { dataFile, readThrough, type DataFile } from '../lib/files.js';
import { interleave } from '../lib/interleave.js';
import { currentCommit, describeMachine, packageVersions } from '../lib/machine.js';
import type { Missing, OpenPeer, Peer } from '../lib/peer.js';
import type { Report, Result, Target } from '../lib/report.js';
import { pairedRatios, summarize } from '../lib/statistics.js';
import { h5pyChunks, h5pyImages, h5pyPlanes } from '../peers/h5py.js';
import { h5wasmImages, h5wasmPlanes } from '../peers/h5wasm.js';
import { copyBatches, preadImages, preadPlanes } from '../peers/limits.js';
import { planefeed } from '../peers/planefeed.js';

export interface ScenarioOptions {
  readonly images: number;
  readonly repetitions: number;
  /** Least work of a measurement. */
  readonly seconds: number;
  /** Is told how far the run is. */
  readonly say: (line: string) => void;
}

const baseline = planefeed(1);

/** In the order of the table. */
const peers: readonly Peer[] = [
  planefeed(0),
  baseline,
  planefeed(2),
  h5wasmImages,
  h5wasmPlanes,
  h5pyImages,
  h5pyPlanes,
  h5pyChunks,
  preadImages,
  preadPlanes,
  copyBatches,
];

const targets = [
  { peer: h5wasmImages, atLeast: 10 },
  { peer: h5pyImages, atLeast: 5 },
] as const;

const verifiedBatches = 2;

/**
 * Shuffled epochs of 224×224×3 images in float32 NHWC batches with labels, in 0..1, page cache hot:
 * planefeed beside h5wasm, h5py and what the machine allows.
 *
 * @throws Error when a peer delivers other bytes than planefeed: then no time is taken
 */
export async function shuffledBatches(options: ScenarioOptions): Promise<Report> {
  const { repetitions, seconds, images, say } = options;
  const date = new Date().toISOString();
  const [machine, commit] = [describeMachine(), currentCommit()];
  const data = await dataFile({ images, height: 224, width: 224, placement: 'image' }, say);
  const skipped: Report['skipped'][number][] = [];
  const opened: OpenedPeer[] = [];
  try {
    for (const peer of peers) {
      const missing: Missing | undefined = peer.missing?.();
      if (missing === undefined) opened.push({ ...peer, open: await peer.open(data) });
      else skipped.push({ name: peer.name, ...missing });
    }
    await verify(opened);
    say(`All systems deliver the same bytes in ${verifiedBatches} batches. Measuring …`);
    const samples = await interleave(opened, {
      repetitions,
      seconds,
      prepare(name, repetition) {
        const turn = repetition === 'warm-up' ? repetition : `${repetition + 1}/${repetitions}`;
        say(`${turn}: ${name}`);
        readThrough(data.path);
      },
    });
    const base = samples[opened.findIndex((peer) => peer.name === baseline.name)]!.rates;
    const results = opened.map((peer, i): Result => {
      const { rates, imagesPerRepetition } = samples[i]!;
      return {
        name: peer.name,
        kind: peer.kind,
        detail: peer.detail,
        imagesPerRepetition,
        samples: rates,
        imagesPerSecond: summarize(rates),
        baselineIsTimes: summarize(pairedRatios(base, rates)),
        ...throughput(peer.open.bytesPerImage, rates),
      };
    });
    return {
      schema: 'planefeed-benchmark/1',
      scenario: 'shuffled-batches',
      title: `Shuffled float32 NHWC batches of ${batchSize} with labels`,
      date,
      commit,
      machine,
      versions: opened.reduce(
        (versions, { open }) => ({ ...versions, ...open.versions }),
        packageVersions(),
      ),
      data: withoutPath(data),
      settings: { batchSize, repetitions, seconds, cache: 'hot' },
      baseline: baseline.name,
      results,
      skipped,
      targets: compareWithTargets(results),
    };
  } finally {
    for (const { open } of opened) await open.close();
  }
}

type OpenedPeer = Omit<Peer, 'open'> & { readonly open: OpenPeer };

/** Times of wrong results are worthless. */
async function verify(opened: readonly OpenedPeer[]): Promise<void> {
  let expected: string | undefined;
  for (const { name, open } of opened) {
    const digest = await open.digest?.(verifiedBatches);
    if (digest === undefined) continue;
    expected ??= digest;
    if (digest === expected) continue;
    throw new Error(
      `Expected the same bytes from every system, but ${name} delivers others than ${opened[0]!.name}: ${digest}, not ${expected}`,
    );
  }
}

function compareWithTargets(results: readonly Result[]): Target[] {
  return targets.flatMap(({ peer, atLeast }) => {
    const measured = results.find(({ name }) => name === peer.name)?.baselineIsTimes.median;
    if (measured === undefined) return [];
    return [{ name: peer.name, atLeast, measured, met: measured >= atLeast }];
  });
}

function throughput(
  bytesPerImage: number | undefined,
  rates: readonly number[],
): Pick<Result, 'gigabytesPerSecond'> {
  if (bytesPerImage === undefined) return {};
  return { gigabytesPerSecond: (summarize(rates).median * bytesPerImage) / 1e9 };
}

function withoutPath({ path: _path, ...data }: DataFile): Omit<DataFile, 'path'> {
  return data;
}
