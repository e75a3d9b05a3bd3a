/** The two small models of the demo. */
import type * as Tfjs from '@tensorflow/tfjs';

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
