import { openLoader, toTensor } from 'planefeed';

import { drawTiles } from './draw-tiles.js';
import type { LoadedTfjs } from './load-tfjs.js';
import { contactSheet, files } from './places.js';
import { say, step } from './say.js';
import { batchOptions } from './train.js';

/** Step: a picture of one training batch, drawn from the numbers in its tensor. */
export async function drawContactSheet({ tf }: Pick<LoadedTfjs, 'tf'>): Promise<void> {
  step('Draw a contact sheet', 'One batch as the model sees it, from the values of its tensor.');
  await using loader = await openLoader(files.train, { ...batchOptions, shuffle: 'full', seed: 1 });
  const names = (await loader.classNames())!;
  for await (const batch of loader) {
    const captions = Array.from(batch.columns.label as Int32Array, (label) => names[label]!);
    const xs = toTensor(tf, batch);
    const values = (await xs.data()) as Float32Array;
    await drawTiles(values, batch.shape, captions, contactSheet);
    xs.dispose();
    break;
  }
  say(contactSheet);
}
