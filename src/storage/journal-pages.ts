import fs from 'node:fs';
import { MemoryLimitError } from '../errors.js';
import type { FileIo } from './h5-io.js';
import { readFully, writeFully } from './journal-files.js';
import type { Extent, JournalRecord } from './journal-record.js';

/** A file whose committed part stays as it is: changes to it are held in memory. */
export interface HeldPages extends FileIo {
  readonly committedEnd: number;
  /** Zeros at the end of what was written are left out until the file is truncated to its length. */
  readonly isShort: boolean;
  /** What has to be done to the committed part. What is as it was is left out. */
  changes(): Pick<JournalRecord, 'extents' | 'zeros'>;
  /** Forgets what was held: it is in the file now, which ends at `end`. */
  settle(end: number): void;
}

const pageSize = 512;
/** Extents are compared with the file and put together up to this length. */
const runPages = 2048;

/**
 * Writes below the committed end are held in pages of 512 bytes, which reads look at first; what
 * lies beyond goes straight to the file, since nothing committed points there. Zeros beyond the end of
 * the file aren't written: what comes behind them leaves a hole, which reads as zeros. HDF5 fills a
 * chunk with them of which it gets a part.
 *
 * @param limit bytes that may be held
 * @throws MemoryLimitError from `write`, when more would have to be held
 */
export function heldPages(descriptor: number, file: string, end: number, limit: number): HeldPages {
  const held = new Map<number, Uint8Array>();
  let committedEnd = end;
  let length = end;
  /** What the file under it still shows of the committed part: less after a truncation. */
  let visible = end;
  let fileSize = fs.fstatSync(descriptor).size;

  const readUnder = (into: Uint8Array, position: number): void => {
    const shown = Math.max(0, Math.min(into.length, visible - position));
    const got = readFully(descriptor, into.subarray(0, shown), position);
    into.fill(0, got);
    const tailAt = Math.max(0, committedEnd - position);
    if (tailAt < into.length) {
      readFully(descriptor, into.subarray(tailAt), position + tailAt);
    }
  };

  const hold = (number: number, wholly: boolean): Uint8Array => {
    const known = held.get(number);
    if (known !== undefined) return known;
    if ((held.size + 1) * pageSize > limit) throw tooMuch(file, limit);
    const page = new Uint8Array(pageSize);
    if (!wholly) readUnder(page, number * pageSize);
    held.set(number, page);
    return page;
  };

  const holdBytes = (from: Uint8Array, position: number): void => {
    for (let done = 0; done < from.length;) {
      const number = Math.floor((position + done) / pageSize);
      const within = position + done - number * pageSize;
      const count = Math.min(pageSize - within, from.length - done);
      hold(number, count === pageSize).set(from.subarray(done, done + count), within);
      done += count;
    }
  };

  const copyHeld = (into: Uint8Array, position: number): void => {
    const stop = Math.min(position + into.length, committedEnd);
    for (let at = position; at < stop;) {
      const number = Math.floor(at / pageSize);
      const next = Math.min(stop, (number + 1) * pageSize);
      const page = held.get(number);
      if (page !== undefined) {
        into.set(page.subarray(at - number * pageSize, next - number * pageSize), at - position);
      }
      at = next;
    }
  };

  return {
    get committedEnd() {
      return committedEnd;
    },
    get isShort() {
      return fileSize < length;
    },
    size: () => length,
    read: (into, position) => {
      const count = Math.max(0, Math.min(into.length, length - position));
      const target = into.subarray(0, count);
      readUnder(target, position);
      if (held.size > 0) copyHeld(target, position);
      return count;
    },
    write: (from, position) => {
      const below = Math.max(0, Math.min(from.length, committedEnd - position));
      holdBytes(from.subarray(0, below), position);
      const beyond = from.subarray(below);
      if (beyond.length > 0 && !(position + below >= fileSize && isZero(beyond))) {
        const count = fs.writeSync(descriptor, from, below, from.length - below, position + below);
        length = Math.max(length, position + below + count);
        fileSize = Math.max(fileSize, position + below + count);
        return below + count;
      }
      length = Math.max(length, position + from.length);
      return from.length;
    },
    truncate: (to) => {
      // What was written straight must not come back when the file grows again.
      if (to >= committedEnd || length > committedEnd) {
        fileSize = Math.max(to, committedEnd);
        fs.ftruncateSync(descriptor, fileSize);
      }
      if (to < length) {
        for (const [number, page] of held) {
          if ((number + 1) * pageSize <= to) continue;
          if (number * pageSize >= to) held.delete(number);
          else page.fill(0, to - number * pageSize);
        }
      }
      visible = Math.min(visible, to);
      length = to;
    },
    changes: () => {
      const stop = Math.min(length, committedEnd);
      const extents: Extent[] = [];
      for (const run of runsOf(held, stop)) {
        const under = new Uint8Array(run.bytes.length);
        readUnder(under, run.position);
        extents.push(...differences(run, under));
      }
      return { extents, zeros: { from: Math.min(visible, stop), to: stop } };
    },
    settle: (to) => {
      held.clear();
      committedEnd = to;
      length = to;
      visible = to;
      fileSize = to;
    },
  };
}

const zeros = new Uint8Array(2 ** 16);

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (Buffer.compare(part, zeros.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}

/** Carries out a commit on the file; doing so again, or after a part of it, comes to the same. */
export function applyChanges(
  descriptor: number,
  { extents, zeros, newEnd }: Pick<JournalRecord, 'extents' | 'zeros' | 'newEnd'>,
): void {
  const block = new Uint8Array(Math.min(2 ** 20, zeros.to - zeros.from));
  for (let at = zeros.from; at < zeros.to; at += block.length) {
    writeFully(descriptor, block.subarray(0, zeros.to - at), at);
  }
  for (const { position, bytes } of extents) writeFully(descriptor, bytes, position);
  if (fs.fstatSync(descriptor).size !== newEnd) fs.ftruncateSync(descriptor, newEnd);
}

/** Neighbouring pages put together, in the order of the file, none beyond `stop`. */
function* runsOf(held: ReadonlyMap<number, Uint8Array>, stop: number): Generator<Extent> {
  const numbers = [...held.keys()].sort((a, b) => a - b);
  for (let first = 0; first < numbers.length;) {
    let next = first + 1;
    while (
      next < numbers.length &&
      numbers[next] === numbers[next - 1]! + 1 &&
      next - first < runPages
    ) {
      next++;
    }
    const position = numbers[first]! * pageSize;
    const bytes = new Uint8Array((next - first) * pageSize);
    for (let n = first; n < next; n++) bytes.set(held.get(numbers[n]!)!, (n - first) * pageSize);
    first = next;
    if (position < stop) yield { position, bytes: bytes.subarray(0, stop - position) };
  }
}

/** The pages of a run that differ from what is `under` it, neighbours together. */
function* differences({ position, bytes }: Extent, under: Uint8Array): Generator<Extent> {
  let from = -1;
  for (let at = 0; at < bytes.length + pageSize; at += pageSize) {
    const differs =
      at < bytes.length &&
      Buffer.compare(bytes.subarray(at, at + pageSize), under.subarray(at, at + pageSize)) !== 0;
    if (differs && from < 0) from = at;
    if (differs || from < 0) continue;
    yield { position: position + from, bytes: bytes.subarray(from, at) };
    from = -1;
  }
}

function tooMuch(file: string, limit: number): MemoryLimitError {
  return new MemoryLimitError(
    `Expected to hold at most ${limit} bytes of changes to what is committed, got more`,
    { place: { file }, advice: 'Commit (flush) more often, or write the file without a journal' },
  );
}
