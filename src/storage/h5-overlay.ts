import type { FileIo } from './h5-io.js';

/** The bytes of a file, with changes to them that are held in memory until `apply`. */
export interface Overlay extends FileIo {
  /**
   * Writes the changes to the file, in the order in which they were made; one that lies within an
   * earlier one goes along with it, so that the file never shows what it replaced.
   */
  apply(): void;
}

/**
 * Reads see the changes made so far. Meant for few changes: each read looks at all of them.
 *
 * @param size bytes in the file under it
 */
export function overlay(under: FileIo, size: number): Overlay {
  const changes: Change[] = [];
  let length = size;
  /** What the file under it still shows: less than `size` after a truncation. */
  let visible = size;

  return {
    read: (into, position) => {
      const count = Math.max(0, Math.min(into.length, length - position));
      const target = into.subarray(0, count).fill(0);
      const old = Math.max(0, Math.min(count, visible - position));
      for (let done = 0; done < old;) {
        const got = under.read(target.subarray(done, old), position + done);
        if (got === 0) break;
        done += got;
      }
      for (const change of changes) copyOverlap(change, position, target);
      return count;
    },
    write: (from, position) => {
      const last = changes.findLast((change) => overlaps(change, position, from.length));
      if (last !== undefined && contains(last, position, from.length)) {
        last.bytes.set(from, position - last.position);
      } else {
        changes.push({ position, bytes: from.slice() });
      }
      length = Math.max(length, position + from.length);
      return from.length;
    },
    truncate: (to) => {
      // What was written beyond the end must not come back when the file grows again.
      if (to < length) {
        for (let at = 0; at < changes.length; at++) {
          const { position, bytes } = changes[at]!;
          changes[at] = { position, bytes: bytes.subarray(0, Math.max(0, to - position)) };
        }
      }
      visible = Math.min(visible, to);
      length = to;
    },
    size: () => length,
    apply: () => {
      if (visible < size) under.truncate(visible);
      for (const { position, bytes } of changes) {
        for (let done = 0; done < bytes.length;) {
          done += under.write(bytes.subarray(done), position + done);
        }
      }
      under.truncate(length);
    },
  };
}

interface Change {
  readonly position: number;
  readonly bytes: Uint8Array;
}

function overlaps({ position, bytes }: Change, at: number, length: number): boolean {
  return position < at + length && at < position + bytes.length;
}

function contains({ position, bytes }: Change, at: number, length: number): boolean {
  return position <= at && at + length <= position + bytes.length;
}

function copyOverlap(change: Change, position: number, into: Uint8Array): void {
  const from = Math.max(change.position, position);
  const to = Math.min(change.position + change.bytes.length, position + into.length);
  if (from >= to) return;
  into.set(change.bytes.subarray(from - change.position, to - change.position), from - position);
}
