import { openLoader, type Loader, type LoaderOptions } from 'planefeed';

import { batchSize, createConsumer, createDigester, pixelScale, seed } from '../../lib/batches.js';
import type { Peer } from '../../lib/peer.js';

/** The same images in two files. */
export interface LayoutData {
  readonly images: number;
  /** Chunks of one channel of an image. */
  readonly planar: string;
  /** Chunks of a whole image. */
  readonly whole: string;
}

/** Shuffled epochs of one of the files. */
export function layoutPeer(
  layout: 'planar' | 'whole',
  workers: number,
  channels?: readonly number[],
): Peer<LayoutData> {
  const read = channels === undefined ? {} : { channels };
  const part = channels === undefined ? '' : `, ${channels.length} channel of three`;
  return {
    name: `${layout === 'planar' ? 'a chunk a channel' : 'a chunk an image'}${part}, ${workers} worker${workers === 1 ? '' : 's'}`,
    kind: 'planefeed',
    detail: `openLoader(file, { workers: ${workers}, shuffle: 'full', dtype: 'float32', scale: 1 / 255${channels === undefined ? '' : `, channels: [${channels.join(', ')}]`} }), whole epochs`,
    async open(data) {
      const loader = await openShuffled(data[layout], { ...read, workers });
      return {
        step: data.images,
        async measure(_turn, images) {
          const consumer = createConsumer();
          const start = performance.now();
          for (let done = 0; done < images; done += data.images) {
            for await (const batch of loader) consumer.take(delivered(batch));
          }
          const time = performance.now() - start;
          consumer.requireImages(images);
          return time;
        },
        // Fewer channels are other bytes.
        ...(channels === undefined && { digest: (batches) => digestOf(loader, batches) }),
        close: () => loader.close(),
      };
    },
  };
}

/** Bytes that the loader reads for an epoch when it reads no gaps along. */
export async function bytesOfEpoch(file: string, channels?: readonly number[]): Promise<number> {
  const read = channels === undefined ? {} : { channels };
  await using loader = await openShuffled(file, { ...read, workers: 0, coalesceGap: 0 });
  const consumer = createConsumer();
  for await (const batch of loader) consumer.take(delivered(batch));
  consumer.requireImages(loader.length);
  return loader.stats().bytesRead;
}

function openShuffled(
  file: string,
  options: Pick<LoaderOptions, 'workers' | 'channels' | 'coalesceGap'>,
): Promise<Loader<'float32'>> {
  return openLoader(file, {
    ...options,
    ...{ batchSize, seed, shuffle: 'full', dtype: 'float32', scale: pixelScale },
  });
}

type FloatBatch = Loader<'float32'> extends AsyncIterable<infer B> ? B : never;

function delivered({ images, columns }: FloatBatch): { images: Float32Array; labels: Int32Array } {
  return { images, labels: columns.label as Int32Array };
}

async function digestOf(loader: Loader<'float32'>, batches: number): Promise<string> {
  const digester = createDigester();
  let taken = 0;
  for await (const batch of loader) {
    digester.take(delivered(batch));
    if (++taken === batches) break;
  }
  return digester.digest();
}
