/** How far ahead of the consumer batches are made. */
export interface Depth {
  /** Batches under way at most. */
  readonly prefetch: number;
  /** Of those, batches whose reads are planned together, at most. */
  readonly window: number;
}

/**
 * `deep` where planning more reads together pays: they can be sorted and merged. `shallow` where it
 * doesn't, so that batches are still in the processor's caches when they are filled again: writing
 * pixels to main memory takes about twice the time.
 */
export interface Depths {
  readonly shallow: Depth;
  readonly deep: Depth;
}

const DEEP_BYTES = 128 * 2 ** 20;
const SHALLOW_BYTES = 16 * 2 ** 20;
const MOST_BATCHES = 16;

/** @param prefetch what the user said: that deep, always */
export function resolveDepths(
  prefetch: number | undefined,
  batchBytes: number,
  workers: number,
): Depths {
  const depth = (batches: number): Depth => ({
    prefetch: batches,
    // With workers one window is read while the one before is consumed.
    window: workers > 0 ? Math.max(1, Math.floor(batches / 2)) : batches,
  });
  const fitting = (bytes: number, least: number): Depth =>
    depth(prefetch ?? Math.min(MOST_BATCHES, Math.max(least, Math.floor(bytes / batchBytes))));
  return {
    deep: fitting(DEEP_BYTES, 2),
    // Without workers nothing is done while a batch is consumed.
    shallow: fitting(SHALLOW_BYTES, workers > 0 ? 2 : 1),
  };
}

/** What windows of reads cost and how they merge. */
export interface ReadCosts {
  /** A window was planned. */
  planned(images: number, requests: number): void;
  /** Requests were answered: bytes and milliseconds. */
  read(requests: number, bytes: number, time: number): void;
  /** Whether more reads should be planned together: they serve several images, or a device is slow. */
  deepPays(): boolean;
}

/** Requests an image, below which images share reads. */
const MERGING = 0.75;
/** Milliseconds for a request and bytes a millisecond: slower than any memory. */
const SLOW = { request: 0.1, rate: 500_000 };
/** What the past counts for beside the reads at hand. */
const MEMORY = 0.9;

export function createReadCosts(): ReadCosts {
  let merging = false;
  let [requests, bytes, time] = [0, 0, 0];
  return {
    planned(images, plannedRequests) {
      merging = plannedRequests < MERGING * images;
    },
    read(newRequests, newBytes, newTime) {
      requests = requests * MEMORY + newRequests;
      bytes = bytes * MEMORY + newBytes;
      time = time * MEMORY + newTime;
    },
    deepPays: () => merging || (time > SLOW.request * requests && bytes < SLOW.rate * time),
  };
}
