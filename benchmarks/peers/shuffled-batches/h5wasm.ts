import h5wasm from 'h5wasm/node';

import { batchSize, inProcess, pixelScale, type DeliveredBatch } from '../../lib/batches.js';
import type { DataFile } from '../../lib/files.js';
import type { OpenPeer, Peer } from '../../lib/peer.js';

/** The usual way: one slice an image. */
export const h5wasmImages: Peer = {
  name: 'h5wasm, slice per image',
  kind: 'peer',
  detail:
    'dataset.slice([[i, i + 1], [], [], []]), scaled into a reused Float32Array of a batch; labels read once',
  open: (data) => open(data, readImage),
};

/** Its strongest form on planar chunks: HDF5 copies a whole chunk faster than every third byte. */
export const h5wasmPlanes: Peer = {
  name: 'h5wasm, slice per plane',
  kind: 'peer',
  detail:
    'dataset.slice([[i, i + 1], [], [], [c, c + 1]]) for each channel, scaled and interleaved into a reused Float32Array of a batch; labels read once',
  open: (data) => open(data, readPlanes),
};

export type ReadImage = (
  read: ReadRange,
  image: number,
  data: DataFile,
  target: Float32Array,
) => void;
type ReadRange = (image: [number, number], channels: [] | [number, number]) => Uint8Array;

async function open(data: DataFile, readInto: ReadImage): Promise<OpenPeer> {
  await h5wasm.ready;
  const file = new h5wasm.File(data.path, 'r');
  const images = dataset(file, 'images');
  const labels = dataset(file, 'labels').value as Int32Array;
  const imageLength = data.height * data.width * data.channels;
  const batch = new Float32Array(batchSize * imageLength);
  const read: ReadRange = (image, channels) =>
    images.slice([image, [], [], channels]) as Uint8Array;

  function* deliver(order: Uint32Array): Generator<DeliveredBatch> {
    for (let first = 0; first < order.length; first += batchSize) {
      const numbers = order.subarray(first, first + batchSize);
      numbers.forEach((image, i) => {
        readInto(read, image, data, batch.subarray(i * imageLength, (i + 1) * imageLength));
      });
      yield {
        images: batch.subarray(0, numbers.length * imageLength),
        labels: Int32Array.from(numbers, (image) => labels[image]!),
      };
    }
  }

  return {
    ...inProcess(data.images, deliver),
    close() {
      file.close();
      return Promise.resolve();
    },
  };
}

export function readImage(
  read: ReadRange,
  image: number,
  _data: DataFile,
  target: Float32Array,
): void {
  const pixels = read([image, image + 1], []);
  for (let i = 0; i < pixels.length; i++) target[i] = pixels[i]! * pixelScale;
}

export function readPlanes(
  read: ReadRange,
  image: number,
  data: DataFile,
  target: Float32Array,
): void {
  const { channels } = data;
  for (let channel = 0; channel < channels; channel++) {
    const plane = read([image, image + 1], [channel, channel + 1]);
    for (let i = 0, to = channel; i < plane.length; i++, to += channels) {
      target[to] = plane[i]! * pixelScale;
    }
  }
}

function dataset(file: InstanceType<typeof h5wasm.File>, name: string) {
  const found = file.get(name);
  if (found instanceof h5wasm.Dataset) return found;
  throw new Error(`Expected a dataset ${name} in ${file.filename}`);
}
