import type { StreamingRates } from './compare-streaming.js';
import { number, percent, say, step } from './say.js';
import type { TrainingResult } from './train.js';

export interface DemoResult {
  /** Images a second. */
  readonly ingest: number;
  readonly streaming: StreamingRates;
  readonly training: TrainingResult;
  /** The demo's whole time, in seconds. */
  readonly seconds: number;
}

/**
 * Step: one table of all that was measured.
 *
 * @returns the seeds whose model isn't right at least twice as often as always guessing the largest
 *   class
 */
export function sumUp({ ingest, streaming, training, seconds }: DemoResult): readonly number[] {
  step('Sum up', `All measured here, in ${number(seconds)} s.`);
  const { planefeed, plain } = streaming;
  const { majority, runs, waiting } = training;
  const perSecond = (rate: number): string => `${number(rate)} images/s`;
  const rows: readonly (readonly [string, string, string])[] = [
    ['ingest', perSecond(ingest), 'PNG files to planes in HDF5'],
    ['stream', perSecond(planefeed), 'shuffled float32 batches'],
    ['plain h5wasm', perSecond(plain), `planefeed: ${number(planefeed / plain)} times as fast`],
    ['waiting for data', percent(waiting), 'of the training time'],
    ['largest class', percent(majority), 'right by always guessing it'],
    ...runs.map(({ seed, accuracy }): [string, string, string] => [
      `seed ${seed}`,
      percent(accuracy),
      `right on held-out images: ${number(accuracy / majority)} times that`,
    ]),
  ];
  const names = Math.max(...rows.map(([name]) => name.length));
  const values = Math.max(...rows.map(([, value]) => value.length));
  const rule = '-'.repeat(names + values + 45);
  say(rule);
  for (const [name, value, remark] of rows) {
    say(`${name.padEnd(names)}  ${value.padStart(values)}   ${remark}`);
  }
  say(rule);
  return runs.filter(({ accuracy }) => !(accuracy >= 2 * majority)).map(({ seed }) => seed);
}
