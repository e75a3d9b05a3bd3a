import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { lookup3 } from '#src/chunking/format/lookup3.js';
import { CorruptFileError, UnsupportedByLibraryError } from '#src/errors.js';
import {
  headerLength,
  PREFIX_LENGTH,
  rewriteHeader,
  type HeaderMessage,
} from '#src/hdf5/creation/object-header.js';

const message = fc.record({
  type: fc.integer({ min: 1, max: 0x0f }),
  flags: fc.integer({ min: 0, max: 3 }),
  body: fc.uint8Array({ maxLength: 40 }),
});
const messages = fc.array(message, { maxLength: 6 });
/** Version 2 prefixes: with or without times, attribute limits, and sizes of 2 to 8 bytes. */
const flags = fc.constantFrom(0x01, 0x02, 0x03, 0x21, 0x31, 0x12, 0x33);

/** A header as libhdf5 writes it: the messages, then `spare` bytes of a NIL message or a gap. */
function header(kind: number, messages: readonly HeaderMessage[], spare: number): Uint8Array {
  const body = messages.flatMap(encoded);
  const rest = spare >= 4 ? [0, ...u16(spare - 4), 0, ...zeros(spare - 4)] : zeros(spare);
  const size = new Uint8Array(1 << (kind & 3));
  new DataView(size.buffer).setUint16(0, body.length + rest.length, true);
  const optional = zeros(((kind & 0x20) !== 0 ? 16 : 0) + ((kind & 0x10) !== 0 ? 4 : 0));
  const bytes = [...Buffer.from('OHDR'), 2, kind, ...optional, ...size, ...body, ...rest];
  return withChecksum(Uint8Array.from(bytes));
}

function withChecksum(bytes: Uint8Array): Uint8Array {
  const sum = new Uint8Array(4);
  new DataView(sum.buffer).setUint32(0, lookup3(bytes), true);
  return Uint8Array.from([...bytes, ...sum]);
}

function encoded({ type, flags: messageFlags, body }: HeaderMessage): number[] {
  return [type, ...u16(body.length), messageFlags, ...body];
}

const u16 = (value: number): number[] => [value & 0xff, value >> 8];
const zeros = (length: number): number[] => new Array<number>(length).fill(0);

function messagesOf(bytes: Uint8Array): readonly HeaderMessage[] {
  let found: readonly HeaderMessage[] = [];
  rewriteHeader(bytes, (old) => (found = old));
  return found;
}

describe('rewriteHeader', () => {
  it('keeps a header byte for byte when nothing changes', () => {
    fc.assert(
      fc.property(flags, messages, fc.nat(50), (kind, old, spare) => {
        const bytes = header(kind, old, spare);
        expect(headerLength(bytes.subarray(0, PREFIX_LENGTH))).toBe(bytes.length);
        expect(rewriteHeader(bytes, (same) => same)).toEqual(bytes);
        expect(messagesOf(bytes)).toEqual(old);
      }),
    );
  });

  it('holds the new messages in the same length, and nothing of the old ones', () => {
    fc.assert(
      fc.property(flags, messages, messages, fc.nat(300), (kind, old, wanted, spare) => {
        const bytes = header(kind, old, spare);
        const before = bytes.slice();
        const size = (list: readonly HeaderMessage[]): number => list.flatMap(encoded).length;
        const left = size(old) + spare - size(wanted);
        const rewrite = (): Uint8Array => rewriteHeader(bytes, () => wanted);
        if (left < 0) {
          expect(rewrite).toThrow(RangeError);
        } else {
          expect(rewrite()).toEqual(header(kind, wanted, left));
        }
        expect(bytes).toEqual(before);
      }),
    );
  });

  it('refuses bytes that are no sound header, without hanging', () => {
    fc.assert(
      fc.property(
        flags,
        messages,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (kind, old, at, by) => {
          const bytes = header(kind, old, 20);
          bytes[at % bytes.length]! ^= by;
          expect(() => rewriteHeader(bytes, (same) => same)).toThrow(CorruptFileError);
        },
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        const [plain, summed] = [noise, withChecksum(noise)];
        for (const bytes of [plain, summed]) {
          expect(() => rewriteHeader(bytes, (same) => same)).toThrow();
        }
      }),
    );
  });

  it('names what it does not do', () => {
    const continued = header(1, [{ type: 0x10, flags: 0, body: new Uint8Array(16) }], 0);
    expect(() => rewriteHeader(continued, (same) => same)).toThrow(UnsupportedByLibraryError);
    expect(() => headerLength(Uint8Array.of(1, 0, 5, 0))).toThrow(/HDF5 1\.6/);
    const ordered = header(0x05, [], 30);
    expect(() => rewriteHeader(ordered, (same) => same)).toThrow(/creation order/);
  });
});
