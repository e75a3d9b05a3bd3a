import { earliest, freeTimes, replaceEarliest } from '../earliest.js';
import type { Price } from '../price.js';
import { stretches, traceBytes, type ReadTrace } from '../trace.js';
import type { Flash } from './device.js';
import { costOfRead, transferSeconds } from './read-costs.js';

/**
 * An SSD as two stages. Up to `parallelism` reads are served beside each other, in the order of issue:
 * latency, then bytes at `streamRate`. What all share comes after: a command's cost, and the bytes at
 * `interfaceRate`. A single read takes the sum; many in flight are bound by the shared stage, or by
 * the number served.
 *
 * Time never grows with depth, nor shrinks when a read grows.
 */
export function priceOnFlash(device: Flash, trace: ReadTrace): Price {
  const { offsets, lengths, depth } = trace;
  let now = 0;
  let previousEnd = Number.NaN;
  for (const [first, end] of stretches(trace)) {
    const slots = freeTimes(Math.min(depth, end - first), now);
    const servers = freeTimes(Math.min(device.parallelism, slots.length), now);
    for (let i = first; i < end; i++) {
      const [offset, length] = [offsets[i]!, lengths[i]!];
      const { beside, shared } = costOfRead(device, length, offset === previousEnd);
      const served = Math.max(earliest(slots), earliest(servers)) + beside;
      replaceEarliest(servers, served);
      now = Math.max(now, served) + shared;
      replaceEarliest(slots, now);
      previousEnd = offset + length;
    }
  }
  const bytes = traceBytes(trace);
  return {
    seconds: now,
    reads: offsets.length,
    bytes,
    seeks: 0,
    transferSeconds: transferSeconds(device, bytes),
  };
}
