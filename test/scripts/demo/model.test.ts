import { expect, it } from 'vitest';

import { createModel } from '../../../scripts/demo/model.js';
import { loadTfjsCpu } from '../../support/tfjs.js';

it('a seed decides the initial weights', async () => {
  const tf = await loadTfjsCpu();
  const firstKernel = (seed: number) => {
    const model = createModel(tf, { size: 16, classes: 3, seed, kind: 'cnn' });
    return model.getWeights()[0]!.arraySync();
  };
  expect(firstKernel(1)).toEqual(firstKernel(1));
  expect(firstKernel(1)).not.toEqual(firstKernel(2));
});

it('the dense model maps images to class probabilities', async () => {
  const tf = await loadTfjsCpu();
  const model = createModel(tf, { size: 64, classes: 8, seed: 1, kind: 'dense' });
  const output = model.predict(tf.ones([2, 64, 64, 3])) as ReturnType<typeof tf.ones>;
  expect(output.shape).toEqual([2, 8]);
  const [sum] = output.sum(1).dataSync();
  expect(sum).toBeCloseTo(1, 5);
});
