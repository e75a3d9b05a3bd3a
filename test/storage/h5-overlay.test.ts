import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { FileIo } from '#src/storage/h5-io.js';
import { overlay } from '#src/storage/h5-overlay.js';

/** A file in memory; every byte beyond its end that a write skips is zero. */
function memoryFile(start: Uint8Array): FileIo & { bytes: Uint8Array } {
  const file = {
    bytes: start,
    size: (): number => file.bytes.length,
    read: (into: Uint8Array, position: number): number => {
      const found = file.bytes.subarray(position, position + into.length);
      into.set(found);
      return found.length;
    },
    write: (from: Uint8Array, position: number): number => {
      const end = position + from.length;
      if (end > file.bytes.length) file.truncate(end);
      file.bytes.set(from, position);
      return from.length;
    },
    truncate: (length: number): void => {
      const resized = new Uint8Array(length);
      resized.set(file.bytes.subarray(0, length));
      file.bytes = resized;
    },
  };
  return file;
}

const change = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    at: fc.nat(60),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }),
  }),
  fc.record({ kind: fc.constant('truncate' as const), at: fc.nat(60) }),
  fc.record({ kind: fc.constant('read' as const), at: fc.nat(80), length: fc.nat(40) }),
);

describe('overlay', () => {
  it('reads as the changed file would, leaves the file alone, and makes it so when applied', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.array(change), (start, changes) => {
        const model = memoryFile(start.slice());
        const file = memoryFile(start.slice());
        const held = overlay(file, start.length);
        for (const step of changes) {
          if (step.kind === 'write') {
            model.write(step.bytes, step.at);
            held.write(step.bytes, step.at);
          } else if (step.kind === 'truncate') {
            model.truncate(step.at);
            held.truncate(step.at);
          } else {
            const [found, expected] = [new Uint8Array(step.length), new Uint8Array(step.length)];
            const count = held.read(found, step.at);
            expect(count).toBe(model.read(expected, step.at));
            expect(found).toEqual(expected);
          }
        }
        expect(file.bytes).toEqual(start);
        held.apply();
        expect(file.bytes).toEqual(model.bytes);
      }),
    );
  });
});
