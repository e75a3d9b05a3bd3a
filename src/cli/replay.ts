import type { Batch } from '../loader/batch.js';

/** Bytes of batches that are kept at most. */
const KEPT_BYTES = 64 * 2 ** 20;

/** Batches kept in memory, to tell how fast their consumer is when nothing has to be loaded. */
export interface Replay {
  /** Keeps a batch, if there is room for it. */
  keep(batch: Batch): void;
  /**
   * Has batches consumed again and again, none of them read.
   *
   * @param images how many at least
   * @returns images a second; 0 where no batch was kept
   */
  run(images: number, consume: (batch: Batch) => void): Promise<number>;
}

export function createReplay(): Replay {
  const kept: Batch[] = [];
  let bytes = 0;
  return {
    keep(batch) {
      if (bytes + batch.images.byteLength > KEPT_BYTES && kept.length > 0) return;
      bytes += batch.images.byteLength;
      kept.push(batch.retain());
    },
    async run(images, consume) {
      const started = performance.now();
      let done = 0;
      for await (const batch of again(kept, images)) {
        consume(batch);
        done += batch.indices.length;
      }
      const seconds = (performance.now() - started) / 1000;
      for (const batch of kept.splice(0)) batch.release();
      return done / Math.max(seconds, 1e-6);
    },
  };
}

/** Comes asynchronously, as a loader's batches do. */
async function* again(batches: readonly Batch[], images: number): AsyncGenerator<Batch> {
  for (let done = 0; done < images && batches.length > 0;) {
    for (const batch of batches) {
      if (done >= images) return;
      await Promise.resolve();
      yield batch;
      done += batch.indices.length;
    }
  }
}
