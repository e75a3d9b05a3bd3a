import path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import { openLoader, toTensor, type Batch } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pixelOf, writeImageFile } from '../support/image-files.js';
import { heldMemory } from '../support/memory.js';
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

  it.each(['float32', 'int32'] as const)('lent share the memory of %s batches', async (dtype) => {
    await using loader = await openLoader(file, { batchSize: 8, dtype });
    for await (const batch of loader) {
      const [lent, copied] = [toTensor(tf, batch, { lend: true }), toTensor(tf, batch)];
      const first = batch.images[0]!;
      batch.images[0] = first + 1000;
      expect(lent.dataSync()[0]).toBe(first + 1000);
      expect(copied.dataSync()[0]).toBe(first);
      // Operations read the batch's memory too.
      const computed = tf.tidy(() => lent.mul(2).dataSync()[0]);
      expect(computed).toBe(2 * (first + 1000));
      batch.images[0] = first;
      tf.dispose([lent, copied]);
    }
  });

  it('lent give the slot back when the batch is released and they are disposed of', async () => {
    await using loader = await openLoader(file, { batchSize: 8, dtype: 'float32' });
    const used = (): number => loader.stats().memoryUsed;
    let kept: Tensor | undefined;
    for await (const batch of loader) {
      const tensor = toTensor(tf, batch, { lend: true });
      if (batch.position === 16) kept = tensor;
      else tensor.dispose();
    }
    // It was forgotten, and still shows its own images.
    const pixels = 8 * 8 * 6 * 3;
    expect(Array.from(kept!.dataSync())).toEqual(everyPixel().slice(2 * pixels, 3 * pixels));
    const clone = kept!.clone();
    const before = used();
    kept!.dispose();
    expect(used()).toBe(before);
    clone.dispose();
    expect(before - used()).toBe(4 * pixels);
  });

  it('lent wait for the batch where that is retained', async () => {
    await using loader = await openLoader(file, { batchSize: COUNT, dtype: 'float32' });
    const kept = [];
    for await (const batch of loader) {
      toTensor(tf, batch, { lend: true }).dispose();
      kept.push(batch.retain());
    }
    const before = loader.stats().memoryUsed;
    for (const batch of kept) batch.release();
    expect(before - loader.stats().memoryUsed).toBe(4 * COUNT * 8 * 6 * 3);
  });

  it('can’t be lent of uint8, nor be made of a batch that was released', async () => {
    await using loader = await openLoader(file, { batchSize: 8 });
    const numTensors = tf.memory().numTensors;
    let last: Batch | undefined;
    for await (const batch of loader) {
      expect(() => toTensor(tf, batch, { lend: true })).toThrow(/float32 or int32, got uint8/);
      if (last !== undefined) {
        const released = last;
        expect(() => toTensor(tf, released)).toThrow(/Expected a batch at hand/);
        expect(() => toTensor(tf, released, { lend: true })).toThrow(/Expected a batch at hand/);
      }
      last = batch;
    }
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it.each([
    { name: 'copied', lend: false },
    { name: 'lent', lend: true },
  ])('training a CNN on $name batches leaves tensors and memory flat', async ({ lend }) => {
    const images = 480;
    const large = await writeImageFile(path.join(temp.path, `large-${String(lend)}.h5`), {
      ...{ count: images, height: 64, width: 64 },
    });
    await using loader = await openLoader(large, {
      ...{ batchSize: 32, shuffle: 'full', dtype: 'float32', scale: 1 / 255 },
    });
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 5, strides: 4, inputShape: [64, 64, 3] }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: CLASSES, activation: 'softmax' }),
      ],
    });
    const optimizer = tf.train.adam(0.01);
    model.compile({ optimizer, loss: 'categoricalCrossentropy' });
    const ends: { tensors: number; rss: number }[] = [];
    await model.fitDataset(loader.toDataset(tf, { oneHot: CLASSES, lend }), {
      epochs: 4,
      verbose: 0,
      callbacks: {
        onEpochEnd() {
          heldMemory();
          ends.push({ tensors: tf.memory().numTensors, rss: process.memoryUsage.rss() });
        },
      },
    });
    expect(loader.stats().images).toBe(4 * images);
    // After a first epoch, in which the optimizer's own tensors are made, three more.
    const [first, ...others] = ends;
    expect(others.map(({ tensors }) => tensors)).toEqual(Array(3).fill(first!.tensors));
    // An epoch's images are 23.6 MB: were they kept, it would be three times as much.
    expect(others[2]!.rss - first!.rss).toBeLessThan(35e6);
    model.dispose();
    optimizer.dispose();
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
    const first = async (options: object): Promise<unknown> =>
      loader
        .toDataset(tf, options)
        .iterator()
        .then((iterator) => iterator.next());
    await expect(first({ label: 'kind' })).rejects.toThrow(/Expected a column `kind`/);
    await expect(first({ label: 'id' })).rejects.toThrow(/Expected a column `id` with one number/);
    await expect(first({ oneHot: 2.5 })).rejects.toThrow(/Expected `oneHot` to be an integer/);
    await expect(first({ oneHot: 2 })).rejects.toThrow(/Expected labels from 0 to 1 .*image 2/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('toTensor', () => {
  it('lends to no backend that copies anyway', async () => {
    await using loader = await openLoader(file, { dtype: 'float32' });
    const tf = { tensor: () => 'tensor', getBackend: () => 'webgl' };
    for await (const batch of loader) {
      expect(() => toTensor(tf, batch, { lend: true })).toThrow(
        /Expected the tfjs backend tensorflow or cpu for `lend`, got `webgl`.*Leave `lend` out/,
      );
      expect(toTensor(tf, batch)).toBe('tensor');
    }
  });

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
