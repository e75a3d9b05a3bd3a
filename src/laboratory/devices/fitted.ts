import type { Price } from '../price.js';
import { stretches, traceBytes, type ReadTrace } from '../trace.js';
import type { DistanceCost, Fitted } from './device.js';
import { costOfRead, transferSeconds } from './read-costs.js';

/**
 * A disk whose inside isn't known: every read adds its share of the time, with `d` reads in flight
 * (as many as make a difference). If stages overlap that is the larger of what all share and a `d`th
 * of the whole; if they don't, what all share and a `d`th of the rest. Disks measured through a file
 * system lie between, and `convoy` says where.
 *
 * Time never grows with depth, nor shrinks when a read grows or lies further away.
 */
export function priceOnFitted(device: Fitted, trace: ReadTrace): Price {
  const { offsets, lengths, depth } = trace;
  const { convoy, distance, parallelism } = device;
  let seconds = 0;
  let previousEnd = Number.NaN;
  for (const [first, end] of stretches(trace)) {
    const inFlight = Math.min(depth, end - first, parallelism);
    for (let i = first; i < end; i++) {
      const [offset, length] = [offsets[i]!, lengths[i]!];
      const goesOn = offset === previousEnd;
      const cost = costOfRead(device, length, goesOn);
      const away = goesOn ? 0 : distanceSeconds(distance, Math.abs(offset - previousEnd));
      const beside = cost.beside + away;
      const overlapped = Math.max(cost.shared, (cost.shared + beside) / inFlight);
      seconds += (1 - convoy) * overlapped + convoy * (cost.shared + beside / inFlight);
      previousEnd = offset + length;
    }
  }
  const bytes = traceBytes(trace);
  return {
    seconds,
    reads: offsets.length,
    bytes,
    seeks: 0,
    transferSeconds: transferSeconds(device, bytes),
  };
}

/** Of the first read, whose distance isn't known (NaN), that of the whole span. */
function distanceSeconds({ seconds, span }: DistanceCost, bytes: number): number {
  return bytes < span ? seconds * Math.sqrt(bytes / span) : seconds;
}
