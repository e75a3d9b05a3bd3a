import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDecoder } from '#src/chunking/filters/pipeline.js';
import { lzfFilter } from '#src/chunking/filters/lzf.js';
import { CorruptFileError } from '#src/errors.js';
import { inflate } from '#src/storage/inflate.js';
import { describeWithH5py, h5py } from '../../support/h5py.js';

/** Literal bytes, or `length` bytes from `back` bytes before. */
type Step = { literal: Uint8Array } | { back: number; length: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ literal: fc.uint8Array({ minLength: 1, maxLength: 32 }) }),
    fc.record({
      back: fc.integer({ min: 1, max: 8192 }),
      length: fc.integer({ min: 3, max: 264 }),
    }),
  ),
  { maxLength: 40 },
);

/** What the steps make, and how LibLZF's format writes them. */
function follow(all: readonly Step[]): { plain: number[]; stored: number[] } {
  const plain: number[] = [];
  const stored: number[] = [];
  for (const step of all) {
    if ('literal' in step) {
      stored.push(step.literal.length - 1, ...step.literal);
      plain.push(...step.literal);
    } else if (plain.length > 0) {
      const back = Math.min(step.back, plain.length) - 1;
      const length = step.length - 2;
      stored.push((Math.min(length, 7) << 5) | (back >> 8));
      if (length >= 7) stored.push(length - 7);
      stored.push(back & 0xff);
      for (let i = 0; i < step.length; i++) plain.push(plain.at(-1 - back)!);
    }
  }
  return { plain, stored };
}

it('follows literal bytes and references of every length and distance', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { plain, stored } = follow(all);
      expect([...lzfFilter.decode(Uint8Array.from(stored), plain.length)]).toEqual(plain);
    }),
  );
});

it('yields no more than a chunk, and refuses what is cut or leads before the start', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (all, at) => {
      const { plain, stored } = follow(all);
      fc.pre(plain.length > 0);
      const decode = (bytes: number[], most: number) => () =>
        lzfFilter.decode(Uint8Array.from(bytes), most);
      expect(decode(stored, at % plain.length)).toThrow(CorruptFileError);
      expect(decode([...stored, 5, 1], plain.length + 100)).toThrow(/stream ends/);
      for (const cut of [[0x20], [0xe0], [0xe0, 0]]) {
        expect(decode([...stored, ...cut], plain.length + 1000)).toThrow(CorruptFileError);
      }
      const far = 0x1f;
      if (plain.length < 8192) {
        expect(decode([...stored, 0x20 | far, 0xff], plain.length + 100)).toThrow(/earlier bytes/);
      }
    }),
  );
});

it('takes any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(2000), (bytes, most) => {
      try {
        expect(lzfFilter.decode(bytes, most).length).toBeLessThanOrEqual(most);
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptFileError);
      }
    }),
  );
});

describeWithH5py('chunks that h5py wrote', () => {
  it('are what it was given, packed or left as they are', async () => {
    const chunks = fc
      .sample(
        fc.oneof(
          fc.uint8Array({ minLength: 600, maxLength: 600 }),
          fc.array(fc.nat(2), { minLength: 600, maxLength: 600 }),
          fc
            .uint8Array({ minLength: 1, maxLength: 90 })
            .map((part) => Array.from({ length: 600 }, (_, i) => part[i % part.length]!)),
          fc
            .tuple(fc.uint8Array({ minLength: 300, maxLength: 300 }), fc.nat(255))
            .map(([a, b]) => [...a, ...Array<number>(300).fill(b)]),
        ),
        { numRuns: 200, seed: 5 },
      )
      .map((chunk) => [...chunk]);
    const written = (await h5py.run(
      `
      with h5py.File('x', 'w', driver='core', backing_store=False) as f:
          d = f.create_dataset('d', data=np.array(data, 'u1'), chunks=(1, 600), compression='lzf')
          result = [[m, list(b)] for m, b in (d.id.read_direct_chunk((i, 0)) for i in range(len(data)))]
      `,
      chunks,
    )) as [mask: number, stored: number[]][];
    const filters = [{ id: 32000, name: 'lzf', optional: true, clientData: [] }];
    const decode = await createDecoder({ filters, type: { size: 1 }, chunkBytes: 600 }, inflate);
    written.forEach(([mask, stored], i) => {
      expect([...decode(Uint8Array.from(stored), mask)]).toEqual(chunks[i]);
    });
    expect(new Set(written.map(([mask]) => mask))).toEqual(new Set([0, 1]));
  });
});
