/** What the demo learns: which emoji it shows it, and the two small models that tell them apart. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Tfjs from '@tensorflow/tfjs';

/** Every class has this many images, so always guessing one class is right once in `classes` times. */
export const imagesPerClass = 130;

/** Of each class every fifth image is held out: the model never trains on it. */
export const heldOutEvery = 5;

export interface Emoji {
  /** Path of the 64×64 PNG with transparency. */
  readonly file: string;
  /** Unicode's category of the emoji, as a folder name. */
  readonly className: string;
  readonly split: 'train' | 'held-out';
}

/**
 * The base emoji (no skin-tone variants) of every category that has at least
 * {@link imagesPerClass}, that many of each, spread evenly over the category in Unicode's order.
 * The same list every time: 8 classes, 832 images to train on and 208 held out.
 *
 * @throws Error if the package emoji-datasource-google is not installed.
 */
export function chooseEmoji(): readonly Emoji[] {
  const list = createRequire(import.meta.url).resolve('emoji-datasource-google/emoji.json');
  const all = JSON.parse(readFileSync(list, 'utf8')) as readonly EmojiEntry[];
  const images = join(dirname(list), 'img/google/64');
  const shown = all.filter((entry) => entry.has_img_google).sort(byUnicodeOrder);
  const categories = [...new Set(shown.map((entry) => entry.category))].sort();
  return categories.flatMap((category) => {
    const members = shown.filter((entry) => entry.category === category);
    if (members.length < imagesPerClass) return [];
    return spread(members, imagesPerClass).map((entry, i): Emoji => ({
      file: join(images, entry.image),
      className: folderName(category),
      split: i % heldOutEvery === heldOutEvery - 1 ? 'held-out' : 'train',
    }));
  });
}

export interface ModelOptions {
  /** Height and width of the images in pixels. */
  readonly size: number;
  /** Number of classes. */
  readonly classes: number;
  /** Decides the initial weights and the dropout. */
  readonly seed: number;
  /** `cnn` for tfjs-node; `dense` looks at an 8×8 miniature only, quick enough for pure tfjs. */
  readonly kind: 'cnn' | 'dense';
}

/**
 * A compiled model from float32 images `[batch, size, size, 3]` scaled to 0…1 to class
 * probabilities `[batch, classes]`. Labels are class numbers `[batch]` or `[batch, 1]`.
 *
 * @example
 * const model = createModel(tf, { size: 64, classes: 8, seed: 1, kind: 'cnn' });
 * await model.fitDataset(dataset, { epochs: epochsOf.cnn });
 */
export function createModel(tf: typeof Tfjs, options: ModelOptions): Tfjs.LayersModel {
  const layers = options.kind === 'cnn' ? cnnLayers(tf, options) : denseLayers(tf, options);
  const model = tf.sequential({ layers });
  model.compile({
    optimizer: tf.train.adam(options.kind === 'cnn' ? 2e-3 : 3e-3),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

/** Epochs after which each model has learnt what it can. */
export const epochsOf: Readonly<Record<ModelOptions['kind'], number>> = { cnn: 8, dense: 12 };

function cnnLayers(tf: typeof Tfjs, { size, classes, seed }: ModelOptions): Tfjs.layers.Layer[] {
  const convolution = (filters: number, number: number, first = {}): Tfjs.layers.Layer =>
    tf.layers.conv2d({
      filters,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: tf.initializers.heNormal({ seed: seed * 10 + number }),
      ...first,
    });
  return [
    convolution(16, 1, { inputShape: [size, size, 3] }),
    convolution(32, 2),
    convolution(64, 3),
    tf.layers.flatten(),
    tf.layers.dropout({ rate: 0.4, seed }),
    output(tf, classes, seed),
  ];
}

function denseLayers(tf: typeof Tfjs, { size, classes, seed }: ModelOptions): Tfjs.layers.Layer[] {
  return [
    tf.layers.averagePooling2d({ poolSize: size / 8, inputShape: [size, size, 3] }),
    tf.layers.flatten(),
    tf.layers.dense({
      units: 64,
      activation: 'relu',
      kernelInitializer: tf.initializers.heNormal({ seed: seed * 10 + 1 }),
    }),
    output(tf, classes, seed),
  ];
}

function output(tf: typeof Tfjs, units: number, seed: number): Tfjs.layers.Layer {
  return tf.layers.dense({
    units,
    activation: 'softmax',
    kernelInitializer: tf.initializers.glorotUniform({ seed: seed * 10 + 9 }),
  });
}

/** The fields of emoji.json that are used here. */
interface EmojiEntry {
  readonly category: string;
  readonly image: string;
  readonly sort_order: number;
  readonly has_img_google: boolean;
}

function byUnicodeOrder(a: EmojiEntry, b: EmojiEntry): number {
  return a.sort_order - b.sort_order;
}

function spread<T>(list: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}

/** `Food & Drink` → `food-and-drink` */
function folderName(category: string): string {
  return category.toLowerCase().replaceAll('&', 'and').replaceAll(' ', '-');
}
