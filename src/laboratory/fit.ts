import { InvalidOptionError } from '../errors.js';
import type { Fitted } from './devices/device.js';
import { priceOnFitted } from './devices/fitted.js';
import { minimize } from './nelder-mead.js';
import type { ReadTrace } from './trace.js';

/** What a trace took on a device. */
export interface Observation {
  readonly trace: ReadTrace;
  readonly seconds: number;
}

/** A model of a disk whose inside isn't known, from what reads took on it. */
export interface Fit {
  readonly device: Fitted;
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
  const costOf = (point: readonly number[]): number => {
    const device = deviceOf(point, span);
    // What the observations don't tell stays near where the search began.
    const strain = point.reduce((sum, x, i) => sum + STIFFNESS * (x - START[i]!) ** 2, 0);
    return observations.reduce((sum, { trace, seconds }) => {
      return sum + Math.log(priceOnFitted(device, trace).seconds / seconds) ** 2;
    }, strain);
  };
  // Each from where the one before got stuck, with smaller first steps.
  let point: readonly number[] = START;
  for (const step of STEPS) ({ point } = minimize(costOf, point, { step, rounds: ROUNDS }));
  const device = deviceOf(point, span);
  const squares = observations.map(
    ({ trace, seconds }) => (priceOnFitted(device, trace).seconds / seconds - 1) ** 2,
  );
  return {
    device,
    error: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length),
  };
}

/** Parameters are searched as logarithms: all are positive, and factors matter. */
function deviceOf(point: readonly number[], span: number): Fitted {
  const [latency, streamRate, commandCost, interfaceRate, pages, distance] = point.map(Math.exp);
  const [goingOnRate, goingOnCost, goingOnInterface, further, odds] = point.slice(6).map(Math.exp);
  return {
    kind: 'fitted',
    latency: latency!,
    streamRate: streamRate!,
    parallelism: 1 + further!,
    convoy: odds! / (1 + odds!),
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

const STEPS = [1, 0.7, 0.5, 0.3];
const ROUNDS = 400;
const STIFFNESS = 1e-3;

/**
 * In the order of `deviceOf`: 0.1 ms, 2 GB/s, 20 µs, 1 GB/s; 20 µs for pages, 5 µs for distance; 4 GB/s,
 * 10 µs and 2 GB/s in sequence; 8 reads in flight, half a convoy.
 */
const START = [1e-4, 2e9, 2e-5, 1e9, 2e-5, 5e-6, 4e9, 1e-5, 2e9, 7, 1].map(Math.log);
