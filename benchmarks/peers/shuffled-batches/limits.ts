/** What the machine itself allows, measured from Node beside the peers. */
import fs from 'node:fs';

import { batchSize, imageOrder } from '../../lib/batches.js';
import type { DataFile } from '../../lib/files.js';
import type { OpenPeer, Peer } from '../../lib/peer.js';
import { planeOffsets } from './plane-offsets.js';

/** No reader that reads an image at a time can be faster than this: it only reads. */
export const preadImages: Peer = {
  name: 'limit: read per image',
  kind: 'limit',
  detail:
    'fs.readSync from the first to the last byte of an image’s planes into one reused buffer: reading alone, nothing is assembled',
  open: (data) => openReads(data, imageReads),
};

export const preadPlanes: Peer = {
  name: 'limit: read per plane',
  kind: 'limit',
  detail: 'the same with one fs.readSync a plane',
  open: (data) => openReads(data, planeReads),
};

export const copyBatches: Peer = {
  name: 'limit: copy of the batch',
  kind: 'limit',
  detail: 'copying finished float32 batches once, from one buffer to another',
  open(data) {
    const imageBytes = imageLength(data) * Float32Array.BYTES_PER_ELEMENT;
    const from = new Uint8Array(batchSize * imageBytes).fill(1);
    const to = new Uint8Array(batchSize * imageBytes);
    return Promise.resolve({
      step: batchSize,
      bytesPerImage: imageBytes,
      measure(_epoch, images) {
        const start = performance.now();
        for (let done = 0; done < images; done += batchSize) to.set(from);
        return Promise.resolve(performance.now() - start);
      },
      close: () => Promise.resolve(),
    });
  },
};

/** Offsets and lengths, alternating. */
type Reads = Float64Array<ArrayBuffer>;

async function openReads(
  data: DataFile,
  readsOf: (planes: Float64Array, planeBytes: number, channels: number) => Reads,
): Promise<OpenPeer> {
  const planes = await planeOffsets(data);
  const planeBytes = data.height * data.width;
  const reads = readsOf(planes, planeBytes, data.channels);
  const perImage = reads.length / data.images;
  const buffer = Buffer.alloc(2 * imageLength(data));
  const fd = fs.openSync(data.path, 'r');
  return {
    step: batchSize,
    bytesPerImage: imageLength(data),
    measure(epoch, images) {
      const order = imageOrder(data.images, epoch, images);
      const start = performance.now();
      for (const image of order) {
        for (let at = image * perImage; at < (image + 1) * perImage; at += 2) {
          const length = reads[at + 1]!;
          const got = fs.readSync(fd, buffer, 0, length, reads[at]!);
          if (got !== length) throw new Error(`Expected ${length} bytes of ${data.path}`);
        }
      }
      return Promise.resolve(performance.now() - start);
    },
    close() {
      fs.closeSync(fd);
      return Promise.resolve();
    },
  };
}

function planeReads(planes: Float64Array, planeBytes: number): Reads {
  return Float64Array.from({ length: 2 * planes.length }, (_, i) =>
    i % 2 === 0 ? planes[i / 2]! : planeBytes,
  );
}

function imageReads(planes: Float64Array, planeBytes: number, channels: number): Reads {
  const reads = new Float64Array((2 * planes.length) / channels);
  for (let image = 0; image < reads.length / 2; image++) {
    const offsets = planes.subarray(image * channels, (image + 1) * channels);
    const [first, last] = [Math.min(...offsets), Math.max(...offsets)];
    const length = last + planeBytes - first;
    // HDF5 puts metadata between the planes of a few images; those further apart are read as if they weren't.
    reads.set([first, Math.min(length, 2 * channels * planeBytes)], 2 * image);
  }
  return reads;
}

function imageLength({ height, width, channels }: DataFile): number {
  return height * width * channels;
}
