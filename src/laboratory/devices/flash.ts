import { earliest, freeTimes, replaceEarliest } from '../earliest.js';
import type { Price } from '../price.js';
import { stretches, traceBytes, type ReadTrace } from '../trace.js';
import type { DistanceCost, Flash, PagesCost } from './device.js';

/**
 * A device without an arm as queues in a row: commands are taken one per `commandInterval`; each is
 * served by one of `parallelism` servers, in the order of issue (latency, then its bytes at
 * `streamRate`); the bytes of all share the interface.
 *
 * Time never grows with depth, and a read after another never costs less for being longer or further.
 */
export function priceOnFlash(device: Flash, trace: ReadTrace): Price {
  const { offsets, lengths, depth } = trace;
  const bytes = traceBytes(trace);
  let now = 0;
  let linkFree = 0;
  let commandFree = 0;
  let previousEnd = Number.NaN;
  for (const [first, end] of stretches(trace)) {
    const slots = freeTimes(Math.min(depth, end - first), now);
    const servers = freeTimes(Math.min(device.parallelism, slots.length), now);
    for (let i = first; i < end; i++) {
      const [offset, length] = [offsets[i]!, lengths[i]!];
      const taken = Math.max(earliest(slots), commandFree);
      commandFree = taken + device.commandInterval;
      const goesOn = offset === previousEnd;
      const distance = Math.abs(offset - previousEnd);
      const latency = goesOn ? device.sequential.latency : latencyOf(device, length, distance);
      const { streamRate } = goesOn ? device.sequential : device;
      const ready = Math.max(taken, earliest(servers)) + latency;
      linkFree = Math.max(linkFree, ready) + length / device.interfaceRate;
      const served = ready + length / streamRate;
      replaceEarliest(servers, served);
      const done = Math.max(served, linkFree);
      replaceEarliest(slots, done);
      now = Math.max(now, done);
      previousEnd = offset + length;
    }
  }
  const transferSeconds = bytes / device.interfaceRate;
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
