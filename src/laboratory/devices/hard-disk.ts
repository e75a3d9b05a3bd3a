import { InvalidOptionError } from '../../errors.js';
import type { Price } from '../price.js';
import { stretches, traceBytes, type ReadTrace } from '../trace.js';
import type { HardDisk } from './device.js';
import { seekTimeOf } from './seek.js';
import { spiralOf } from './spiral.js';

/**
 * A disk that turns. After a read its head stays on the spiral and goes on reading (read-ahead), so
 * the bytes that follow cost no more than their passing; any other place is reached by waiting until
 * it passes, or by a seek and the rest of a turn, whichever is sooner. The disk knows up to
 * `queueDepth` of the reads in flight and always takes the one whose start it can reach first
 * (shortest access time first); of reads that lie one behind the other, the foremost.
 *
 * A simulation without chance: angles follow from the places.
 *
 * @throws InvalidOptionError if the trace reads beyond the end of the disk
 */
export function priceOnHardDisk(disk: HardDisk, trace: ReadTrace, fileStart: number): Price {
  const { starts, ends } = placesOf(disk, trace, fileStart);
  const head = headAtRest(disk);
  const size = Math.min(trace.depth, disk.queueDepth);
  const waiting: number[] = [];
  // How many of them end at a place.
  const waitingEnds = new Map<number, number>();
  const countEnd = (read: number, by: number): void => {
    const count = (waitingEnds.get(ends[read]!) ?? 0) + by;
    if (count === 0) waitingEnds.delete(ends[read]!);
    else waitingEnds.set(ends[read]!, count);
  };
  for (const [first, end] of stretches(trace)) {
    let next = first;
    do {
      while (next < end && waiting.length < size) {
        countEnd(next, 1);
        waiting.push(next++);
      }
      const chosen = soonest(head, starts, waiting, waitingEnds);
      const read = waiting[chosen]!;
      countEnd(read, -1);
      move(head, starts[read]!, ends[read]!);
      const last = waiting.pop()!;
      if (last !== read) waiting[chosen] = last;
    } while (waiting.length > 0 || next < end);
  }
  let transferSeconds = 0;
  for (let i = 0; i < starts.length; i++) transferSeconds += ends[i]! - starts[i]!;
  return {
    seconds: head.time,
    reads: starts.length,
    bytes: traceBytes(trace),
    seeks: head.seeks,
    transferSeconds,
  };
}

/** Where every read starts and ends on the disk's spiral, in seconds from its outer end. */
function placesOf(
  disk: HardDisk,
  { offsets, lengths }: ReadTrace,
  fileStart: number,
): { starts: Float64Array; ends: Float64Array } {
  const spiral = spiralOf(disk);
  const starts = offsets.map((offset) => spiral(fileStart + offset));
  const ends = offsets.map((offset, i) => {
    const end = fileStart + offset + lengths[i]!;
    if (end <= disk.capacity) return spiral(end);
    throw new InvalidOptionError(
      `Read ${i} of the trace ends at byte ${end} of a disk of ${disk.capacity} bytes`,
      { advice: 'Choose a larger disk, or place the file nearer to its start' },
    );
  });
  return { starts, ends };
}

/** The head: at `time` it left `place`, and goes on reading. */
interface Head {
  time: number;
  place: number;
  seeks: number;
  /** Where it is before the first read isn't known. */
  placed: boolean;
  readonly turn: number;
  readonly stroke: number;
  readonly seekTime: (distance: number) => number;
  readonly overhead: number;
  readonly averageAccess: number;
}

function headAtRest(disk: HardDisk): Head {
  const turn = 60 / disk.rpm;
  return {
    time: 0,
    place: 0,
    seeks: 0,
    placed: false,
    turn,
    stroke: spiralOf(disk)(disk.capacity),
    seekTime: seekTimeOf(disk),
    overhead: disk.commandOverhead,
    averageAccess: disk.commandOverhead + disk.seek.average + turn / 2,
  };
}

/** Of the reads that wait, the one whose start comes under the head first; of equals the oldest. */
function soonest(
  head: Head,
  starts: Float64Array,
  waiting: readonly number[],
  waitingEnds: ReadonlyMap<number, number>,
): number {
  if (waiting.length === 1) return 0;
  let [chosen, sooner] = [0, Infinity];
  for (let slot = 0; slot < waiting.length; slot++) {
    const read = waiting[slot]!;
    // It comes under the head behind another one: beginning with it would break their run.
    if (waitingEnds.has(starts[read]!)) continue;
    const begins = arrival(head, starts[read]!);
    if (begins > sooner || (begins === sooner && read > waiting[chosen]!)) continue;
    [chosen, sooner] = [slot, begins];
  }
  return chosen;
}

/** When a read from `start` begins, if it is the next. */
function arrival(head: Head, start: number): number {
  if (!head.placed) return head.time + head.averageAccess;
  const gap = start - head.place;
  const earliest = head.overhead + head.seekTime(Math.abs(gap) / head.stroke);
  if (gap >= 0 && gap <= earliest) return head.time + gap;
  return head.time + gap + Math.ceil((earliest - gap) / head.turn) * head.turn;
}

function move(head: Head, start: number, end: number): void {
  const begins = arrival(head, start);
  if (!head.placed || begins !== head.time + (start - head.place)) head.seeks++;
  head.time = begins + (end - start);
  head.place = end;
  head.placed = true;
}
