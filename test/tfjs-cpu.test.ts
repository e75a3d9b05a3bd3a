import { expect, it } from 'vitest';

import { loadTfjsCpu } from './support/tfjs.js';

it('pure tfjs, the fallback, runs on its cpu backend', async () => {
  const tf = await loadTfjsCpu();
  expect(tf.getBackend()).toBe('cpu');
  expect(tf.tensor1d([1, 2]).sum().dataSync()[0]).toBe(3);
});
