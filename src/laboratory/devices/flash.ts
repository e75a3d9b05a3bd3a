import { earliest, freeTimes, replaceEarliest } from '../earliest.js';
import type { Price } from '../price.js';
import { stretches, traceBytes, type ReadTrace } from '../trace.js';
import type { DistanceCost, Flash, PagesCost } from './device.js';

/**
 * A device without an arm, as two stages. Up to `parallelism` reads are served beside each other, in
 * the order of issue: latency, then bytes at `streamRate`. What all share comes after: a command's
 * cost, and the bytes at `interfaceRate`. A single read takes the sum; many in flight are bound by the
 * shared stage, or by the number served.
 *
 * Time never grows with depth, nor shrinks when a read grows or lies further away.
 */
export function priceOnFlash(device: Flash, trace: ReadTrace): Price {
  const { offsets, lengths, depth } = trace;
  const { sequential } = device;
  let now = 0;
  let previousEnd = Number.NaN;
  for (const [first, end] of stretches(trace)) {
    const slots = freeTimes(Math.min(depth, end - first), now);
    const servers = freeTimes(Math.min(device.parallelism, slots.length), now);
    for (let i = first; i < end; i++) {
      const [offset, length] = [offsets[i]!, lengths[i]!];
      const begun = Math.max(earliest(slots), earliest(servers));
      const goesOn = offset === previousEnd;
      const served = goesOn
        ? begun + length / sequential.streamRate
        : begun +
          latencyOf(device, length, Math.abs(offset - previousEnd)) +
          length / device.streamRate;
      replaceEarliest(servers, served);
      const { commandCost, interfaceRate } = goesOn ? sequential : device;
      now = Math.max(now, served) + commandCost + length / interfaceRate;
      replaceEarliest(slots, now);
      previousEnd = offset + length;
    }
  }
  const bytes = traceBytes(trace);
  const transferSeconds = bytes / Math.max(device.interfaceRate, sequential.interfaceRate);
  return { seconds: now, reads: offsets.length, bytes, seeks: 0, transferSeconds };
}

/** Of the first read, whose distance isn't known (NaN), that of the whole span. */
function latencyOf({ latency, manyPages, distance }: Flash, length: number, away: number): number {
  return (
    latency +
    (manyPages === undefined ? 0 : pagesSeconds(manyPages, length)) +
    (distance === undefined ? 0 : distanceSeconds(distance, away))
  );
}

function pagesSeconds({ seconds, size }: PagesCost, length: number): number {
  return seconds * Math.min(1, Math.max(0, length - SMALL_READ) / (size - SMALL_READ));
}

function distanceSeconds({ seconds, span }: DistanceCost, bytes: number): number {
  return bytes < span ? seconds * Math.sqrt(bytes / span) : seconds;
}

const SMALL_READ = 4096;
