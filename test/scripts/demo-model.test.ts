import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';

import {
  chooseEmoji,
  createModel,
  heldOutEvery,
  imagesPerClass,
} from '../../scripts/demo-model.js';
import { loadTfjsCpu } from '../support/tfjs.js';

it('the classes of the demo are balanced, in both splits', () => {
  const emoji = chooseEmoji();
  const classes = [...new Set(emoji.map(({ className }) => className))];
  expect(classes).toHaveLength(8);
  for (const name of classes) {
    const members = emoji.filter(({ className }) => className === name);
    expect(members).toHaveLength(imagesPerClass);
    const heldOut = members.filter(({ split }) => split === 'held-out');
    expect(heldOut).toHaveLength(imagesPerClass / heldOutEvery);
  }
});

it('every emoji is an image of its own, and none is a skin-tone variant', () => {
  const files = chooseEmoji().map(({ file }) => file);
  expect(new Set(files).size).toBe(files.length);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  expect(files.filter((file) => /1f3f[b-f]/.test(basename(file)))).toEqual([]);
});

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
