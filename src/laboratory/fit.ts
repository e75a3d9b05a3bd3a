import { InvalidOptionError } from '../errors.js';
import type { Flash } from './devices/device.js';
import { priceOnFlash } from './devices/flash.js';
import { minimize } from './nelder-mead.js';
import type { ReadTrace } from './trace.js';

/** What a trace took on a device. */
export interface Observation {
  readonly trace: ReadTrace;
  readonly seconds: number;
}

/** A model of a disk whose inside isn't known, from what reads took on it. */
export interface Fit {
  readonly device: Flash;
  /** Root mean square of the errors, as a fraction: how well the model has what it was fitted to. */
  readonly error: number;
}

/**
 * The device (`kind: 'fitted'`) that comes nearest to the observations: the least sum of squared
 * logarithms of modelled over observed time, so that a factor counts alike for short and long traces.
 *
 * The observations must tell the parameters apart: small reads at several depths (latency,
 * parallelism, commands), large ones at one and several (stream and interface rate), in order
 * (read-ahead), near and far (distance).
 *
 * @throws InvalidOptionError without observations, or with one that took no time
 *
 * @example
 * const { device, error } = fitDevice([{ trace: randomTrace(…), seconds: 0.8 }, …]);
 * price(device, otherTrace).seconds;
 */
export function fitDevice(observations: readonly Observation[]): Fit {
  if (observations.length === 0 || observations.some(({ seconds }) => !(seconds > 0))) {
    throw new InvalidOptionError('A device is fitted to one or more traces that took some time');
  }
  const span = Math.max(...observations.map(({ trace }) => Math.max(0, ...trace.offsets)));
  const squares = (device: Flash): number =>
    observations.reduce(
      (sum, { trace, seconds }) =>
        sum + Math.log(priceOnFlash(device, trace).seconds / seconds) ** 2,
      0,
    );
  const search = (parallelism: number, start: readonly number[], step: number): Candidate => {
    const costOf = (point: readonly number[]): number =>
      squares(deviceOf(point, parallelism, span));
    return { parallelism, ...minimize(costOf, start, { step, rounds: ROUNDS }) };
  };
  // A first look at every parallelism, then a simplex anew where the best two got stuck.
  // More served at once than are ever in flight can't be told apart.
  const deepest = Math.max(...observations.map(({ trace }) => trace.depth));
  const [best] = PARALLELISMS.filter((parallelism) => parallelism < 2 * deepest)
    .map((parallelism) => search(parallelism, START, 1))
    .sort(byCost)
    .slice(0, 2)
    .map(({ parallelism, point }) => search(parallelism, point, 0.3))
    .sort(byCost);
  return {
    device: deviceOf(best!.point, best!.parallelism, span),
    error: Math.sqrt(best!.cost / observations.length),
  };
}

interface Candidate {
  readonly parallelism: number;
  readonly point: readonly number[];
  readonly cost: number;
}

const byCost = (a: Candidate, b: Candidate): number => a.cost - b.cost;

/** Parameters are searched as logarithms: all are positive, and factors matter. */
function deviceOf(point: readonly number[], parallelism: number, span: number): Flash {
  const [latency, streamRate, commandCost, interfaceRate, pages, distance] = point.map(Math.exp);
  const [goingOnRate, goingOnCost, goingOnInterface] = point.slice(6).map(Math.exp);
  return {
    kind: 'fitted',
    latency: latency!,
    streamRate: streamRate!,
    parallelism,
    commandCost: commandCost!,
    interfaceRate: interfaceRate!,
    sequential: {
      streamRate: goingOnRate!,
      commandCost: goingOnCost!,
      interfaceRate: goingOnInterface!,
    },
    manyPages: { seconds: pages!, size: 65536 },
    distance: { seconds: distance!, span: Math.max(span, 1) },
  };
}

const ROUNDS = 250;
const PARALLELISMS = [1, 2, 4, 8, 16, 32, 64];

/**
 * In the order of `deviceOf`: 0.1 ms, 2 GB/s, 20 µs, 1 GB/s; 20 µs for pages, 5 µs for distance; 4 GB/s,
 * 10 µs and 2 GB/s in sequence.
 */
const START = [1e-4, 2e9, 2e-5, 1e9, 2e-5, 5e-6, 4e9, 1e-5, 2e9].map(Math.log);
