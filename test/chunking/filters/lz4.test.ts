import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressBlosclz } from '#src/chunking/filters/blosclz.js';
import type { Decompress } from '#src/chunking/filters/filter.js';
import { lz4Filter } from '#src/chunking/filters/lz4.js';
import { decompressLz4 } from '#src/chunking/filters/lz4-block.js';
import { CorruptFileError } from '#src/errors.js';

/** Literal bytes, then `length` bytes from `back` bytes before. */
interface Sequence {
  readonly literals: Uint8Array;
  readonly back: number;
  readonly length: number;
}

/** What the sequences make, and how a format writes them. */
interface Followed {
  readonly plain: number[];
  readonly stored: number[];
}

const sequences = (leastMatch: number, furthest: number): fc.Arbitrary<Sequence[]> =>
  fc.array(
    fc.record({
      literals: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      back: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: furthest })),
      length: fc.integer({ min: leastMatch, max: 1200 }),
    }),
    { minLength: 1, maxLength: 12 },
  );

/** By "LZ4 Block Format Description": the last sequence has no match. */
function lz4(all: readonly Sequence[]): Followed {
  const plain: number[] = [];
  const stored: number[] = [];
  all.forEach(({ literals, back, length }, i) => {
    const isLast = i === all.length - 1;
    const extra = isLast ? 0 : length - 4;
    stored.push((Math.min(literals.length, 15) << 4) | Math.min(extra, 15));
    if (literals.length >= 15) stored.push(...lengthBytes(literals.length - 15));
    stored.push(...literals);
    plain.push(...literals);
    if (isLast) return;
    const distance = Math.min(back, plain.length);
    stored.push(distance & 0xff, distance >> 8);
    if (extra >= 15) stored.push(...lengthBytes(extra - 15));
    repeat(plain, distance, length);
  });
  return { plain, stored };
}

/** By `blosclz.c`: matches of 3 bytes or more, far ones with two bytes more. */
function blosclz(all: readonly Sequence[]): Followed {
  const plain: number[] = [];
  const stored: number[] = [];
  for (const { literals, back, length } of all) {
    for (let at = 0; at < literals.length; at += 32) {
      const run = literals.subarray(at, at + 32);
      // The first control byte has the level in its upper bits.
      stored.push((run.length - 1) | (stored.length === 0 ? 0x20 : 0), ...run);
      plain.push(...run);
    }
    const distance = Math.min(back, plain.length) - 1;
    const near = Math.min(distance, 8191);
    const isFar = distance >= 8191;
    stored.push((Math.min(length - 2, 7) << 5) | (near >> 8));
    if (length >= 9) stored.push(...lengthBytes(length - 9));
    stored.push(near & 0xff);
    if (isFar) stored.push((distance - 8191) >> 8, (distance - 8191) & 0xff);
    repeat(plain, distance + 1, length);
  }
  return { plain, stored };
}

function lengthBytes(length: number): number[] {
  return [...Array<number>(Math.floor(length / 255)).fill(255), length % 255];
}

function repeat(plain: number[], distance: number, length: number): void {
  for (let i = 0; i < length; i++) plain.push(plain.at(-distance)!);
}

/** Decompresses into the middle of an array, whose other bytes must stay. */
function run(decompress: Decompress, stored: ArrayLike<number>, length: number): number[] {
  const bytes = Uint8Array.from([9, ...Array.from(stored), 9, 9, 9, 9]);
  const out = new Uint8Array(length + 20).fill(77);
  try {
    decompress(
      { bytes, start: 1, end: bytes.length - 4 },
      { bytes: out, start: 10, end: 10 + length },
    );
  } finally {
    const around = [...out.subarray(0, 10), ...out.subarray(10 + length)];
    expect(around).toEqual(Array(20).fill(77));
  }
  return [...out.subarray(10, 10 + length)];
}

describe.each([
  { name: 'LZ4', decompress: decompressLz4, write: lz4, all: sequences(4, 65_535) },
  { name: 'BloscLZ', decompress: decompressBlosclz, write: blosclz, all: sequences(3, 73_000) },
])('$name', ({ decompress, write, all }) => {
  it('follows literal bytes and matches of every length and distance', () => {
    fc.assert(
      fc.property(all, (steps) => {
        const { plain, stored } = write(steps);
        expect(run(decompress, stored, plain.length)).toEqual(plain);
      }),
    );
  });

  it('follows matches from as far as they can come', () => {
    const literals = Uint8Array.from({ length: 75_000 }, (_, i) => (i * i) >> 7);
    for (const back of [8190, 8191, 8192, 8193, 8447, 8448, 65_535, 70_000]) {
      if (back > 65_535 && decompress === decompressLz4) continue;
      const { plain, stored } = write([
        { literals, back, length: 50 },
        { literals: literals.subarray(0, 40), back: 1, length: 40 },
      ]);
      expect(Buffer.from(run(decompress, stored, plain.length))).toEqual(Buffer.from(plain));
    }
  });

  it('refuses any other length and whatever is cut', () => {
    fc.assert(
      fc.property(all, fc.nat(), (steps, at) => {
        const { plain, stored } = write(steps);
        const decode = (bytes: number[], length: number) => () => run(decompress, bytes, length);
        expect(decode(stored, plain.length + 1)).toThrow(CorruptFileError);
        expect(decode(stored, at % plain.length)).toThrow(CorruptFileError);
        expect(decode(stored.slice(0, at % stored.length), plain.length)).toThrow(CorruptFileError);
      }),
    );
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(2000), (bytes, length) => {
        try {
          run(decompress, bytes, length);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptFileError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the lz4 filter', () => {
  const { decode } = lz4Filter([]);
  const header = (total: bigint, block: number): number[] => {
    const view = new DataView(new ArrayBuffer(12));
    view.setBigUint64(0, total);
    view.setUint32(8, block);
    return [...new Uint8Array(view.buffer)];
  };

  it('takes blocks as they are where they did not become shorter', () => {
    const bytes = Uint8Array.from([...header(5n, 3), 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 2, 4, 5]);
    expect([...decode(bytes, 5)]).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ['more than a chunk', header(2n ** 63n, 1), /at most 100 bytes when decoded, got 9223372036/],
    ['blocks of nothing', [...header(5n, 0), 0, 0, 0, 0], /at least a byte/],
    ['no whole header', header(5n, 5).slice(1), /header of 12 bytes/],
    ['no block', header(5n, 5), /the length of a block/],
    [
      'a block beyond the end',
      [...header(5n, 5), 255, 255, 255, 255, 1],
      /4294967295 bytes, got 1/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decode(Uint8Array.from(bytes), 100)).toThrow(CorruptFileError);
    expect(() => decode(Uint8Array.from(bytes), 100)).toThrow(message);
  });
});
