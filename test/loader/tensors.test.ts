import path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import { openLoader, toTensor } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pixelOf, writeImageFile } from '../support/image-files.js';
import { describeWithTfjsNode, loadTfjsNode, type Tf } from '../support/tfjs.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const COUNT = 40;
const CLASSES = 3;

let temp: SharedDirectory;
let file: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count: COUNT });
});
afterAll(() => temp.remove());

describeWithTfjsNode('tensors in tfjs-node', () => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await loadTfjsNode();
  });

  it('hold the batch and outlive it', async () => {
    await using loader = await openLoader(file, { batchSize: 8, dtype: 'float32' });
    const tensors = [];
    for await (const batch of loader) tensors.push(toTensor(tf, batch));
    expect(tensors.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
      Array(5).fill({ shape: [8, 8, 6, 3], dtype: 'float32' }),
    );
    // Every slot of the loader has been used for another batch since: the tensors are copies.
    const values = tensors.flatMap((tensor) => Array.from(tensor.dataSync()));
    expect(values).toEqual(everyPixel());
    tf.dispose(tensors);
  });

  it.each(['uint8', 'int32'] as const)('are int32 for batches of %s', async (dtype) => {
    await using loader = await openLoader(file, { batchSize: COUNT, dtype });
    for await (const batch of loader) {
      const tensor = toTensor(tf, batch);
      expect(tensor.dtype).toBe('int32');
      expect(Array.from(tensor.dataSync())).toEqual(everyPixel());
      tensor.dispose();
    }
  });

  it.each([
    { name: 'one-hot labels', dataset: { oneHot: CLASSES }, loss: 'categoricalCrossentropy' },
    { name: 'integer labels', dataset: {}, loss: 'sparseCategoricalCrossentropy' },
  ])('fitDataset trains on $name and leaves no tensor behind', async ({ dataset, loss }) => {
    await using loader = await openLoader(file, {
      batchSize: 8,
      shuffle: 'full',
      dtype: 'float32',
      scale: 1 / 255,
    });
    const before = tf.memory().numTensors;
    const model = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [8, 6, 3] }),
        tf.layers.dense({ units: CLASSES, activation: 'softmax' }),
      ],
    });
    const optimizer = tf.train.adam(0.01);
    model.compile({ optimizer, loss });
    const batches = loader.toDataset(tf, dataset);
    const inUse: number[] = [];
    await model.fitDataset(batches, {
      epochs: 4,
      verbose: 0,
      callbacks: { onEpochEnd: () => void inUse.push(tf.memory().numTensors) },
    });
    // The first epoch made the optimizer's own tensors.
    expect(new Set(inUse.slice(1)).size).toBe(1);
    expect(loader.stats()).toMatchObject({ batches: 4 * 5, images: 4 * COUNT });
    model.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('each iteration of a dataset is the next epoch, newly shuffled', async () => {
    await using loader = await openLoader(file, {
      batchSize: COUNT,
      shuffle: 'full',
      dtype: 'float32',
    });
    const batches = loader.toDataset(tf);
    const epochs: string[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      await batches.forEachAsync((pair) => {
        const { xs } = pair as { xs: Tensor };
        epochs.push(xs.dataSync().join());
        tf.dispose(pair);
      });
    }
    expect(new Set(epochs).size).toBe(3);
  });

  it('refuse labels that are missing, no numbers, or no class', async () => {
    await using loader = await openLoader(file, { columns: { label: '/labels', id: '/ids' } });
    const before = tf.memory().numTensors;
    const first = (options: object): Promise<unknown> =>
      loader
        .toDataset(tf, options)
        .iterator()
        .then((iterator) => iterator.next());
    await expect(first({ label: 'kind' })).rejects.toThrow(/Expected a column `kind`/);
    await expect(first({ label: 'id' })).rejects.toThrow(/Expected a column `id` with one number/);
    await expect(first({ oneHot: 2 })).rejects.toThrow(/Expected labels from 0 to 1 .*image 2/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('toTensor', () => {
  it('gives tfjs memory of its own', async () => {
    await using loader = await openLoader(file, { batchSize: 4, dtype: 'float32' });
    for await (const batch of loader) {
      const given = toTensor({ tensor: (values: Float32Array | Int32Array) => values }, batch);
      expect(given.buffer).not.toBe(batch.images.buffer);
      expect(given).toEqual(new Float32Array(batch.images));
    }
  });
});

function everyPixel(): number[] {
  return Array.from({ length: COUNT * 8 * 6 * 3 }, (_, i) => {
    const [image, within] = [Math.floor(i / (8 * 6 * 3)), i % (8 * 6 * 3)];
    return pixelOf(image, Math.floor(within / 3), within % 3);
  });
}
