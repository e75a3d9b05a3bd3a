import { compare, type Measured } from '../lib/compare.js';
import { dataFile, readThrough } from '../lib/files.js';
import type { Bound, CaseReport } from '../lib/report.js';
import { startReport, type ScenarioOptions } from '../lib/scenario.js';
import { slopeOf, summarize } from '../lib/statistics.js';
import { load, nameOf, opening, type Loaded } from '../peers/large-file/loading.js';

const full = { images: 1_000_000, smallImages: 50_000, epochs: 20, repetitions: 15 };
const quick = { images: 500, smallImages: 500, epochs: 3, repetitions: 2 };
const [height, width, channels] = [16, 16, 3];

/** Milliseconds until the first batch, by workers. */
const promptly: ReadonlyMap<number, number> = new Map([
  [0, 60],
  [2, 120],
]);
/** MB; of the slope, for each epoch. */
const most = { memory: 300, slope: 0.5 };
/**
 * A file of 1,000,000 images with 3,000,000 chunks, page cache hot: from `openLoader` to the first
 * shuffled batch, each time in a new process; memory then, and after a whole epoch; memory by epoch.
 */
export async function largeFile(options: ScenarioOptions): Promise<CaseReport> {
  const { say } = options;
  const { images, smallImages, epochs, ...defaults } = options.quick ? quick : full;
  const repetitions = options.repetitions ?? defaults.repetitions;
  const start = startReport('large-file', 'Opening a large file, and the memory that it takes');
  const large = await dataFile({ images, height, width, placement: 'image' }, say);
  const small = await dataFile({ images: smallImages, height, width, placement: 'image' }, say);

  const seen = new Map<number, Loaded[]>([...promptly.keys()].map((workers) => [workers, []]));
  const peers = [...seen].map(([workers, all]) => opening(workers, (loaded) => all.push(loaded)));
  const baseline = peers[0]!.name;
  const { results, skipped } = await compare(peers, large, {
    baseline,
    repetitions,
    // Each measurement is one process.
    seconds: 0.001,
    verify: 1,
    prepare() {
      readThrough(large.path);
    },
    say,
  });

  const bounds: Bound[] = results.map((result, i) =>
    bound(
      `${result.name}, until the first batch`,
      'ms',
      [...promptly.values()][i]!,
      timeOf(result),
    ),
  );
  for (const [workers, all] of seen) {
    const memory = Math.max(...all.map(({ peak }) => peak / 1e6));
    bounds.push(bound(`${nameOf(workers)}, memory until then`, 'MB', most.memory, memory));
    say(`${nameOf(workers)}: an epoch`);
    const { peak } = await load(large.path, { workers, epochs: 1 });
    bounds.push(bound(`${nameOf(workers)}, memory in an epoch`, 'MB', most.memory, peak / 1e6));
  }
  for (const workers of seen.keys()) {
    say(`${nameOf(workers)}: ${epochs} epochs of ${smallImages} images`);
    const { memory } = await load(small.path, { workers, epochs });
    // The first is after the first batch.
    const byEpoch = memory.slice(1).map((bytes) => bytes / 1e6);
    // In the first half grows what grows once: caches, the memory of batches, compiled code.
    const slope = slopeOf(byEpoch.slice(Math.floor(epochs / 2)));
    say(`MB after each epoch: ${byEpoch.map((value) => value.toFixed(1)).join(' ')}`);
    const name = `${nameOf(workers)}, growth by epoch in the second half of ${epochs}`;
    bounds.push(bound(name, 'MB', most.slope, slope));
  }

  const count = `${images.toLocaleString('en')} images, ${(images * channels).toLocaleString('en')} chunks`;
  const name = `${count}: from openLoader to the first batch, in a new process`;
  return {
    ...start,
    settings: { repetitions, seconds: 0.001, cache: 'hot' },
    cases: [{ name, unit: 'openings', show: 'time', baseline, results }],
    bounds,
    skipped,
    targets: [],
  };
}

function timeOf({ samples }: Measured): number {
  return summarize(samples.map((rate) => 1000 / rate)).median;
}

function bound(name: string, unit: string, atMost: number, measured: number): Bound {
  return { name, unit, atMost, measured, met: measured <= atMost };
}
