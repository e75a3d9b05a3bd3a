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
 * `queueDepth` of the reads in flight and always takes the one whose start it can reach first.
 *
 * A simulation without chance: angles follow from the places.
 *
 * @throws InvalidOptionError if the trace reads beyond the end of the disk
 */
export function priceOnHardDisk(disk: HardDisk, trace: ReadTrace, fileStart: number): Price {
  const { starts, ends } = placesOf(disk, trace, fileStart);
  const head = headAtRest(disk);
  const size = Math.min(trace.depth, disk.queueDepth);
  const reads = new Float64Array(size);
  const known = new Float64Array(size);
  for (const [first, end] of stretches(trace)) {
    let next = first;
    let waiting = 0;
    do {
      while (next < end && waiting < size) {
        reads[waiting] = next++;
        known[waiting++] = head.time + disk.commandOverhead;
      }
      const chosen = soonest(head, starts, reads, known, waiting);
      const read = reads[chosen]!;
      move(head, starts[read]!, ends[read]!, known[chosen]!);
      waiting--;
      reads[chosen] = reads[waiting]!;
      known[chosen] = known[waiting]!;
    } while (waiting > 0 || next < end);
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

/** Of the reads that wait, the one whose start comes under the head first; of equals the oldest. */
function soonest(
  head: Head,
  starts: Float64Array,
  reads: Float64Array,
  known: Float64Array,
  waiting: number,
): number {
  let [chosen, sooner] = [0, Infinity];
  for (let slot = 0; slot < waiting; slot++) {
    const read = reads[slot]!;
    const begins = arrival(head, starts[read]!, known[slot]!);
    if (begins > sooner || (begins === sooner && read > reads[chosen]!)) continue;
    [chosen, sooner] = [slot, begins];
  }
  return chosen;
}

/** The head: at `time` it left `place`, reading. */
interface Head {
  time: number;
  place: number;
  seeks: number;
  /** Whether it is known where it is; at first it isn't. */
  placed: boolean;
  readonly turn: number;
  readonly stroke: number;
  readonly seekTime: (distance: number) => number;
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
    averageAccess: disk.seek.average + turn / 2,
  };
}

/** When a read from `start` can begin, if the disk knows of it at `known`. */
function arrival(head: Head, start: number, known: number): number {
  if (!head.placed) return known + head.averageAccess;
  const gap = start - head.place;
  // What passes under the head before the command comes is in the disk's buffer then.
  const passing = gap >= 0 ? head.time + gap : Infinity;
  const begin = Math.max(head.time, known);
  const soonestThere = begin + head.seekTime(Math.abs(gap) / head.stroke);
  if (passing <= soonestThere) return passing;
  const turns = Math.ceil((soonestThere - head.time - gap) / head.turn);
  return Math.min(passing, head.time + gap + turns * head.turn);
}

function move(head: Head, start: number, end: number, known: number): void {
  const begins = arrival(head, start, known);
  const passed = head.placed && begins === head.time + (start - head.place);
  if (!passed) head.seeks++;
  head.time = Math.max(begins + (end - start), known);
  head.place = end;
  head.placed = true;
}
