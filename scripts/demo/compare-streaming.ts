import { openLoader, type Loader } from 'planefeed';

import { files } from './places.js';
import { openPlainReader, type PlainReader } from './plain-h5wasm.js';
import { number, say, step } from './say.js';

/** Images a second. */
export interface StreamingRates {
  readonly planefeed: number;
  readonly plain: number;
}

const epochs = 2;
const options = {
  batchSize: 32,
  shuffle: 'full',
  seed: 1,
  dtype: 'float32',
  scale: 1 / 255,
} as const;

/** Step: two shuffled epochs, each streamed and then read again the plain way. */
export async function compareStreaming(): Promise<StreamingRates> {
  step(
    'Stream',
    `Two epochs in random order, float32 batches of ${options.batchSize}: planefeed, and the same batches by plain h5wasm.`,
  );
  await using loader = await openLoader(files.everything, options);
  // The same order again. It does nothing while plain h5wasm reads: no thread, no batch ahead.
  await using twin = await openLoader(files.everything, { ...options, workers: 0, prefetch: 1 });
  const plain = await openPlainReader(files.everything);
  const seconds = { planefeed: 0, plain: 0 };
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const ours = await streamEpoch(loader);
      const theirs = await readEpochPlainly(plain, twin);
      seconds.planefeed += ours;
      seconds.plain += theirs;
      const { length } = loader;
      say(
        `epoch ${epoch}: planefeed ${number(length / ours)} images/s, plain h5wasm ${number(length / theirs)} images/s, same bytes`,
      );
    }
  } finally {
    plain.close();
  }
  say('(the first epoch of planefeed includes the start of its threads)');
  const { bytesWanted, bytesRead, requests, images } = loader.stats();
  say(
    `planefeed read ${number(images)} images in ${number(requests)} reads; ${number((100 * bytesWanted) / bytesRead)} % of the bytes read were wanted`,
  );
  const total = epochs * loader.length;
  return { planefeed: total / seconds.planefeed, plain: total / seconds.plain };
}

/** @returns seconds */
async function streamEpoch(loader: Loader): Promise<number> {
  const start = performance.now();
  let images = 0;
  for await (const batch of loader) images += batch.indices.length;
  const seconds = (performance.now() - start) / 1000;
  if (images !== loader.length) throw new Error(`Expected ${loader.length} images, got ${images}`);
  return seconds;
}

/**
 * Reads the batches of `loader`'s next epoch by h5wasm and holds them to the loader's, byte for byte.
 *
 * @returns seconds spent in h5wasm
 */
async function readEpochPlainly(plain: PlainReader, loader: Loader): Promise<number> {
  let milliseconds = 0;
  for await (const batch of loader) {
    const start = performance.now();
    const expected = plain.readBatch(batch.indices);
    milliseconds += performance.now() - start;
    if (Buffer.compare(bytesOf(expected), bytesOf(batch.images)) !== 0) {
      throw new Error(`The batch at position ${batch.position} differs from what h5wasm reads`);
    }
  }
  return milliseconds / 1000;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
