import type { Device } from '../devices/device.js';
import { price } from '../price.js';
import { randomTrace, sequentialTrace } from '../synthetic-traces.js';
import type { ReadTrace } from '../trace.js';
import type { CatalogueEntry, Check, Figure } from './entry.js';

/** A published figure beside the model's. */
export interface Validation extends Check {
  readonly modelled: number;
  /** `modelled / published − 1`. */
  readonly error: number;
}

/** Holds a device's model to the published figures that set none of its parameters. */
export function validate({ device, checks }: CatalogueEntry): Validation[] {
  return checks.map((check) => {
    const modelled = modelledFigure(device, check.figure);
    return { ...check, modelled, error: modelled / check.published - 1 };
  });
}

/** A figure as the model has it: reads a second for `random`, bytes a second for `sequential`. */
export function modelledFigure(device: Device, figure: Figure): number {
  const capacity = capacityOf(device);
  if (figure.kind === 'random') {
    const { size, depth, span = capacity } = figure;
    const { reads, seconds } = price(
      device,
      randomTrace({ span: Math.min(span, capacity), size, depth, count: RANDOM_READS }),
    );
    return reads / seconds;
  }
  if (figure.at === 'mean') {
    // As benchmarks have it: the mean of the rates at places all over the device.
    const places = Array.from({ length: PLACES }, (_, i) => (i + 0.5) / PLACES);
    const rates = places.map((place) => rateAt(device, place * (capacity - LENGTH)));
    return rates.reduce((sum, rate) => sum + rate, 0) / PLACES;
  }
  return rateAt(device, figure.at === 'outer' ? 0 : capacity - LENGTH);
}

function rateAt(device: Device, start: number): number {
  // Twice as long less once: the approach to the first read isn't part of a rate.
  const trace = (length: number): ReadTrace =>
    sequentialTrace({ start, length, size: 131072, depth: 32 });
  const seconds = price(device, trace(LENGTH)).seconds - price(device, trace(LENGTH / 2)).seconds;
  return LENGTH / 2 / seconds;
}

/** What a device holds, or a terabyte where that isn't known. */
function capacityOf(device: Device): number {
  return ('capacity' in device ? device.capacity : undefined) ?? 1e12;
}

const RANDOM_READS = 6000;
const LENGTH = 2 ** 28;
const PLACES = 20;
