import { openLoader, type Loader } from 'planefeed';

import type { LoadedTfjs } from './load-tfjs.js';
import { createModel, epochsOf } from './model.js';
import { files, size } from './places.js';
import { percent, say, step } from './say.js';

export interface TrainingResult {
  /** Accuracy on the held-out images of always guessing the largest class. */
  readonly majority: number;
  readonly runs: readonly TrainingRun[];
  /** Share of the training time that the model waited for a batch. */
  readonly waiting: number;
}

export interface TrainingRun {
  readonly seed: number;
  /** On the held-out images, after the last epoch. */
  readonly accuracy: number;
  /** Milliseconds that the model waited for batches, and that it worked on them. */
  readonly waitTime: number;
  readonly trainTime: number;
}

/** How the model gets its batches. */
export const batchOptions = { batchSize: 32, dtype: 'float32', scale: 1 / 255 } as const;

/** Step: for each seed a new model, trained on the same images in other orders. */
export async function train(tfjs: LoadedTfjs, seeds: readonly number[]): Promise<TrainingResult> {
  const kind = tfjs.native ? 'cnn' : 'dense';
  step(
    'Train',
    `A small ${kind === 'cnn' ? 'convolutional' : 'dense'} network guesses the category of an emoji. Each epoch is shuffled anew.`,
  );
  await using heldOut = await openLoader(files.heldOut, batchOptions);
  const majority = await majorityRate(heldOut);
  say(`always guessing the largest class is right for ${percent(majority)} of the held-out images`);
  const runs: TrainingRun[] = [];
  for (const seed of seeds) runs.push(await trainOnce(tfjs, seed, heldOut));
  const sum = (key: 'waitTime' | 'trainTime'): number =>
    runs.reduce((total, run) => total + run[key], 0);
  return { majority, runs, waiting: sum('waitTime') / (sum('waitTime') + sum('trainTime')) };
}

/** The seed decides the order of the images and the model's initial weights. */
async function trainOnce(
  { tf, native }: LoadedTfjs,
  seed: number,
  heldOut: Loader,
): Promise<TrainingRun> {
  const kind = native ? 'cnn' : 'dense';
  await using loader = await openLoader(files.train, { ...batchOptions, shuffle: 'full', seed });
  const classes = (await loader.classNames())!.length;
  const model = createModel(tf, { size, classes, seed, kind });
  let accuracy = 0;
  await model.fitDataset(loader.toDataset(tf), {
    epochs: epochsOf[kind],
    validationData: heldOut.toDataset(tf),
    verbose: 0,
    callbacks: {
      onEpochEnd: (epoch, logs) => {
        accuracy = logs!.val_acc!;
        say(
          `seed ${seed}, epoch ${String(epoch + 1).padStart(2)}: loss ${logs!.loss!.toFixed(2)}, right ${percent(logs!.acc!)} in training, ${percent(accuracy)} held out`,
        );
      },
    },
  });
  model.optimizer.dispose(); // what was given to `compile` isn't the model's to dispose of
  model.dispose();
  const { waitTime, consumerTime } = loader.stats();
  return { seed, accuracy, waitTime, trainTime: consumerTime };
}

async function majorityRate(loader: Loader): Promise<number> {
  const counts = new Map<number, number>();
  for await (const batch of loader) {
    for (const label of batch.columns.label as Int32Array) {
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  return Math.max(...counts.values()) / loader.length;
}
