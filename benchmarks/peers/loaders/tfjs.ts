/** What TensorFlow.js itself offers: `tf.data.generator`, over h5wasm in this process. */
import { createRequire } from 'node:module';

import type * as Tfjs from '@tensorflow/tfjs';
import h5wasm from 'h5wasm/node';

import { batchSize, createDigester, imageOrder } from '../../lib/batches.js';
import type { DataFile } from '../../lib/files.js';
import type { Missing, OpenPeer } from '../../lib/peer.js';
import { readImage, readPlanes, type ReadImage } from '../shuffled-batches/h5wasm.js';
import type { LoaderPeer } from './loader-peer.js';

/** The usual way: one slice an image. */
export const tfjsImages: LoaderPeer = {
  name: 'tf.data.generator over h5wasm',
  kind: 'peer',
  detail:
    'tf.data.generator of { xs, ys } in a shuffled order, one dataset.slice an image, tf.tensor3d of its scaled pixels, .batch(32), in tfjs-node; the pixels stay in the tensor',
  missing,
  open: (data) => open(data, readImage),
};

/** Its strongest form on planar chunks. */
export const tfjsPlanes: LoaderPeer = {
  name: 'tf.data.generator over h5wasm, slice per plane',
  kind: 'peer',
  detail: 'the same with a dataset.slice for each plane of an image',
  missing,
  open: (data) => open(data, readPlanes),
};

const load = createRequire(import.meta.url);

function missing(): Missing | undefined {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  try {
    load('@tensorflow/tfjs-node');
    return undefined;
  } catch (error) {
    const [reason = 'it does not load'] = (error as Error).message.split('\n');
    return { reason, setUp: 'npm run setup:tfjs-node' };
  }
}

interface Batch extends Tfjs.TensorContainerObject {
  readonly xs: Tfjs.Tensor;
  readonly ys: Tfjs.Tensor;
}

async function open(data: DataFile, readInto: ReadImage): Promise<OpenPeer> {
  // tfjs-node's API is tfjs's.
  const tf = load('@tensorflow/tfjs-node') as typeof Tfjs;
  await tf.ready();
  await h5wasm.ready;
  const file = new h5wasm.File(data.path, 'r');
  const images = file.get('images') as InstanceType<typeof h5wasm.Dataset>;
  const labels = (file.get('labels') as typeof images).value as Int32Array;
  const { height, width, channels } = data;

  async function deliver(order: Uint32Array, take: (batch: Batch) => void): Promise<void> {
    function* elements(): Generator<Tfjs.TensorContainerObject> {
      for (const image of order) {
        const pixels = new Float32Array(height * width * channels);
        readInto(
          (rows, planes) => images.slice([rows, [], [], planes]) as Uint8Array,
          image,
          data,
          pixels,
        );
        yield { xs: tf.tensor3d(pixels, [height, width, channels]), ys: labels[image]! };
      }
    }
    await tf.data
      .generator(elements)
      .batch(batchSize)
      .forEachAsync((batch) => {
        take(batch as Batch);
      });
  }

  return {
    step: batchSize,
    versions: { 'tfjs-node': tf.version.tfjs },
    async measure(turn, count) {
      let [taken, touched] = [0, 0];
      const start = performance.now();
      await deliver(imageOrder(data.images, turn, count), ({ xs, ys }) => {
        taken += xs.shape[0];
        for (const label of ys.dataSync()) touched += label;
      });
      const time = performance.now() - start;
      if (taken === count && Number.isFinite(touched)) return time;
      throw new Error(`Expected ${count} images, ${taken} came`);
    },
    async digest(batches) {
      const digester = createDigester();
      await deliver(imageOrder(data.images, 0, batches * batchSize), ({ xs, ys }) => {
        const pixels = xs.dataSync<'float32'>();
        digester.take({ images: pixels, labels: Int32Array.from(ys.dataSync()) });
      });
      return digester.digest();
    },
    close() {
      file.close();
      return Promise.resolve();
    },
  };
}
