import { earliest, freeTimes, replaceEarliest } from '../earliest.js';
import type { Price } from '../price.js';
import { stretches, traceBytes, type ReadTrace } from '../trace.js';
import type { ObjectStore } from './device.js';

/**
 * A store of objects: every range is a request that waits for its first byte and then gets its bytes
 * at the rate of one stream; up to `connections` at once, which share the network.
 *
 * Where a range lies costs nothing: there are no seeks.
 */
export function priceOnObjectStore(store: ObjectStore, trace: ReadTrace): Price {
  const { offsets, lengths, depth } = trace;
  const bytes = traceBytes(trace);
  let now = 0;
  let networkFree = 0;
  for (const [first, end] of stretches(trace)) {
    const slots = freeTimes(Math.min(depth, store.connections, end - first), now);
    for (let i = first; i < end; i++) {
      const ready = earliest(slots) + store.firstByte;
      networkFree = Math.max(networkFree, ready) + lengths[i]! / store.networkRate;
      const done = Math.max(ready + lengths[i]! / store.streamRate, networkFree);
      replaceEarliest(slots, done);
      now = Math.max(now, done);
    }
  }
  const transferSeconds = bytes / store.networkRate;
  return { seconds: now, reads: offsets.length, bytes, seeks: 0, transferSeconds };
}
