import path from 'node:path';
import { openLoader, toTensor } from 'planefeed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pixelOf, writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';
import { loadTfjsCpu, type Tf } from '../support/tfjs.js';

// tfjs's own backend keeps the arrays that it is given, and reads them again for each operation.
const [COUNT, PIXELS] = [40, 8 * 6];

let temp: SharedDirectory;
let file: string;
let tf: Tf;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count: COUNT });
  tf = await loadTfjsCpu();
});
afterAll(() => temp.remove());

it.each(['uint8', 'int32', 'float32'] as const)(
  'copies of %s batches survive that the memory is used again',
  async (dtype) => {
    await using loader = await openLoader(file, { batchSize: 8, dtype, prefetch: 1, epochs: 2 });
    const tensors = [];
    for await (const batch of loader) tensors.push(toTensor(tf, batch));
    const values = tensors.flatMap((tensor) => Array.from(tensor.dataSync()));
    expect(values).toEqual([...everyPixel(), ...everyPixel()]);
    tf.dispose(tensors);
  },
);

it('lent tensors share the memory, which nothing else uses as long as they are there', async () => {
  await using loader = await openLoader(file, {
    ...{ batchSize: 8, dtype: 'float32', prefetch: 1, epochs: 2 },
  });
  const tensors = [];
  for await (const batch of loader) {
    const tensor = toTensor(tf, batch, { lend: true });
    batch.images[0]! += 1000;
    expect(tensor.dataSync()[0]).toBe(batch.images[0]);
    batch.images[0]! -= 1000;
    tensors.push(tensor);
  }
  const values = tensors.flatMap((tensor) => Array.from(tensor.dataSync()));
  expect(values).toEqual([...everyPixel(), ...everyPixel()]);
  const before = loader.stats().memoryUsed;
  tf.dispose(tensors);
  expect(before - loader.stats().memoryUsed).toBe(2 * COUNT * PIXELS * 3 * 4);
});

it('datasets of lent batches leave no tensor behind', async () => {
  await using loader = await openLoader(file, { batchSize: 8, dtype: 'float32' });
  const before = tf.memory().numTensors;
  let images = 0;
  await loader.toDataset(tf, { lend: true, oneHot: 3 }).forEachAsync((pair) => {
    const { xs } = pair as unknown as { xs: { shape: number[] } };
    images += xs.shape[0]!;
    tf.dispose(pair);
  });
  expect(images).toBe(COUNT);
  expect(tf.memory().numTensors).toBe(before);
});

function everyPixel(): number[] {
  return Array.from({ length: COUNT * PIXELS * 3 }, (_, i) => {
    const [image, within] = [Math.floor(i / (PIXELS * 3)), i % (PIXELS * 3)];
    return pixelOf(image, Math.floor(within / 3), within % 3);
  });
}
