/** What every peer must deliver, and the consumer that they deliver it to. */
import { createHash } from 'node:crypto';

import { epochOrder } from '#src/loader/order.js';

import type { OpenPeer, SampledImage } from './peer.js';

export const batchSize = 32;
export const seed = 1;
/** What a pixel is multiplied by, as every peer knows it: the same constant in single precision. */
export const pixelScale: number = Math.fround(1 / 255);

/** float32 NHWC images in 0..1 and their labels. */
export interface DeliveredBatch {
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** The image numbers of shuffled epochs, from the beginning of `epoch` on: those of planefeed's loader. */
export function imageOrder(n: number, epoch: number, count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let first = 0; first < count; first += n) {
    const at = epochOrder('full', seed, epoch + first / n, n);
    for (let i = first; i < Math.min(count, first + n); i++) order[i] = at(i - first);
  }
  return order;
}

/** Measuring and digesting for peers that live in this process. */
export function inProcess(
  n: number,
  deliver: (order: Uint32Array) => Iterable<DeliveredBatch>,
): Required<Pick<OpenPeer, 'step' | 'measure' | 'digest'>> {
  return {
    step: batchSize,
    measure(epoch, images) {
      const order = imageOrder(n, epoch, images);
      const consumer = createConsumer();
      const start = performance.now();
      for (const batch of deliver(order)) consumer.take(batch);
      const time = performance.now() - start;
      consumer.requireImages(images);
      return Promise.resolve(time);
    },
    digest(batches) {
      const digester = createDigester();
      for (const batch of deliver(imageOrder(n, 0, batches * batchSize))) digester.take(batch);
      return Promise.resolve(digester.digest());
    },
  };
}

export interface Consumer {
  take(batch: DeliveredBatch): void;
  /** @throws Error when other than `images` images came: then the time means nothing */
  requireImages(images: number): void;
}

/** One float of each 4 KiB page is touched, and each label. */
const pageFloats = 1024;

export function createConsumer(): Consumer {
  let images = 0;
  let touched = 0;
  return {
    take(batch) {
      const pixels = batch.images;
      for (let i = 0; i < pixels.length; i += pageFloats) touched += pixels[i]!;
      for (let i = 0; i < batch.labels.length; i++) touched += batch.labels[i]!;
      images += batch.labels.length;
    },
    requireImages(expected) {
      if (images === expected && Number.isFinite(touched)) return;
      throw new Error(`Expected ${expected} images, ${images} came`);
    },
  };
}

/** SHA-256 of the bytes of images and labels, batch by batch; `h5py_peer.py` has the same. */
export function createDigester(): { take(batch: DeliveredBatch): void; digest(): string } {
  const hash = createHash('sha256');
  return {
    take({ images, labels }) {
      for (const { buffer, byteOffset, byteLength } of [images, labels]) {
        hash.update(new Uint8Array(buffer, byteOffset, byteLength));
      }
    },
    digest: () => hash.digest('hex'),
  };
}

/** What images were delivered, each for itself; `loader_peer.py` has the same. */
export function sampleBatch({ images, labels }: DeliveredBatch): SampledImage[] {
  const stored = new Uint8Array(images.length / labels.length);
  return Array.from(labels, (label, i) => {
    for (let to = 0, from = i * stored.length; to < stored.length; to++, from++) {
      stored[to] = Math.round(images[from]! * 255);
    }
    return { digest: createHash('sha256').update(stored).digest('hex'), label };
  });
}
