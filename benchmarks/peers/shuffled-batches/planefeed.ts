import { openLoader } from 'planefeed';

import {
  batchSize,
  createConsumer,
  createDigester,
  sampleBatch,
  seed,
  type DeliveredBatch,
} from '../../lib/batches.js';
import type { Peer, SampledImage } from '../../lib/peer.js';

export function planefeed(workers: number): Peer {
  return {
    name: `planefeed, ${workers} worker${workers === 1 ? '' : 's'}`,
    kind: 'planefeed',
    detail: `openLoader(file, { workers: ${workers}, batchSize: ${batchSize}, shuffle: 'full', dtype: 'float32', scale: 1 / 255 }), whole epochs`,
    async open(data) {
      const loader = await openLoader(data.path, {
        workers,
        batchSize,
        shuffle: 'full',
        seed,
        dtype: 'float32',
        scale: 1 / 255,
      });

      async function* epoch(): AsyncGenerator<DeliveredBatch> {
        for await (const { images, columns } of loader) {
          yield { images, labels: columns.label as Int32Array };
        }
      }

      return {
        step: data.images,
        // The loader counts its epochs itself: each iteration is its next.
        async measure(_epoch, images) {
          const consumer = createConsumer();
          const start = performance.now();
          for (let done = 0; done < images; done += data.images) {
            for await (const batch of epoch()) consumer.take(batch);
          }
          const time = performance.now() - start;
          consumer.requireImages(images);
          return time;
        },
        async digest(batches) {
          const digester = createDigester();
          let taken = 0;
          for await (const batch of epoch()) {
            digester.take(batch);
            if (++taken === batches) break;
          }
          return digester.digest();
        },
        async sample(batches) {
          const images: SampledImage[] = [];
          let taken = 0;
          for await (const batch of epoch()) {
            images.push(...sampleBatch(batch));
            if (++taken === batches) break;
          }
          return images;
        },
        close: () => loader.close(),
      };
    },
  };
}
