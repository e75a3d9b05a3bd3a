/** Loads a file while it grows, in every way that there is, and compares all that comes. */
import { openLoader, type LoaderOptions, type LoaderState } from 'planefeed';
import type { Random } from '../fuzz/random.js';
import { faultsOf } from './images.js';

export interface ReadTally {
  openings: number;
  /** Whole epochs, whose images were found to be all there are, once each. */
  epochs: number;
  /** Of these, those that took in images that weren't there in the one before. */
  grown: number;
  resumed: number;
  /** Delivered, each compared. */
  images: number;
  readonly faults: string[];
}

export function emptyTally(): ReadTally {
  return { openings: 0, epochs: 0, grown: 0, resumed: 0, images: 0, faults: [] };
}

/** Opens the file once, in a way that is drawn, and reads some epochs; then goes on from a state. */
export async function readGrowing(file: string, random: Random, tally: ReadTally): Promise<void> {
  const follow = random(10) < 7;
  const options: LoaderOptions = {
    follow,
    workers: Math.max(0, random(4) - 1),
    batchSize: 1 + random(64),
    prefetch: 1 + random(8),
    shuffle: random(10) < 7 ? 'full' : false,
    seed: random(1000),
    verify: 'all',
    columns: { label: '/labels', ...(random(10) < 2 ? { id: '/ids' } : {}) },
  };
  let epoch = new Set<number>();
  /** Images that the file had in the epoch before. */
  let before = 0;

  /** @returns the state after `batches` batches; `undefined` where there weren't so many */
  const read = async (
    state: LoaderState | undefined,
    epochs: number,
    batches: number,
  ): Promise<LoaderState | undefined> => {
    tally.openings++;
    await using loader = await openLoader(file, { ...options, state });
    for (let i = 0, left = batches; i < epochs; i++) {
      for await (const batch of loader) {
        const n = loader.imagesInFile;
        const mayGrow = epoch.size === 0 && (follow || before === 0);
        if (mayGrow ? n < before : n !== before) tally.faults.push(`${n} images after ${before}`);
        if (before > 0 && n > before) tally.grown++;
        before = n;
        tally.faults.push(...faultsOf(batch));
        tally.images += batch.indices.length;
        for (const image of batch.indices) epoch.add(image);
        if (--left === 0) return loader.state();
      }
      if (epoch.size !== before) tally.faults.push(`${epoch.size} images of ${before} in an epoch`);
      epoch = new Set();
      tally.epochs++;
    }
    return undefined;
  };

  const state = await read(undefined, 3, 1 + random(random(2) === 0 ? 5 : 300));
  if (state === undefined) return;
  if (state.n !== before) tally.faults.push(`a state of ${state.n} images, not ${before}`);
  if (state.position === 0) epoch = new Set();
  tally.resumed++;
  await read(JSON.parse(JSON.stringify(state)) as LoaderState, 2, Infinity);
}
