import { expect, it } from 'vitest';

import { describeWithTfjsNode, loadTfjsNode } from './support/tfjs.js';

describeWithTfjsNode('the native tfjs-node', () => {
  it('computes on the tensorflow backend', async () => {
    const tf = await loadTfjsNode();
    expect(tf.getBackend()).toBe('tensorflow');
    const sums = tf.tidy(() => tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]).sum([1, 2]).arraySync());
    expect(sums).toEqual([[10]]);
  });

  it('trains: gradients of a convolution flow', async () => {
    const tf = await loadTfjsNode();
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 1] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
    const images = tf.randomUniform([16, 8, 8, 1], 0, 1, 'float32', 7);
    const means = images.mean([1, 2]);
    const losses: number[] = [];
    for (let step = 0; step < 40; step++) {
      losses.push((await model.trainOnBatch(images, means)) as number);
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
  });
});
