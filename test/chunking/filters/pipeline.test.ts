import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createDecoder } from '#src/chunking/filters/pipeline.js';
import { fletcher32 } from '#src/chunking/filters/fletcher32.js';
import { CorruptFileError, UnsupportedLayoutError } from '#src/errors.js';
import { inflate } from '#src/storage/inflate.js';

const DEFLATE = { id: 1, name: 'deflate', optional: false, clientData: [4] };
const SHUFFLE = { id: 2, name: 'shuffle', optional: false, clientData: [4] };
const FLETCHER32 = { id: 3, name: 'fletcher32', optional: false, clientData: [] };

const encoders: Record<number, (bytes: Uint8Array) => Uint8Array> = {
  1: (bytes) => new Uint8Array(deflateSync(bytes)),
  2: (bytes) => shuffle(bytes, 4),
  3: (bytes) => {
    const result = new Uint8Array(bytes.length + 4);
    result.set(bytes);
    new DataView(result.buffer).setUint32(bytes.length, fletcher32(bytes), true);
    return result;
  },
};

/** By the definition: byte `b` of element `i` goes to `b × elements + i`. */
function shuffle(bytes: Uint8Array, size: number): Uint8Array {
  const elements = Math.floor(bytes.length / size);
  const result = bytes.slice();
  for (let i = 0; i < elements * size; i++) {
    result[(i % size) * elements + Math.floor(i / size)] = bytes[i]!;
  }
  return result;
}

it('undoes any pipeline, skipping what the mask says by position', async () => {
  const filters = fc.array(fc.constantFrom(DEFLATE, SHUFFLE, FLETCHER32), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      filters,
      fc.nat(15),
      fc.uint8Array({ maxLength: 200 }),
      async (pipeline, mask, chunk) => {
        let stored: Uint8Array = chunk;
        pipeline.forEach(({ id }, i) => {
          if ((mask & (1 << i)) === 0) stored = encoders[id]!(stored);
        });
        const layout = { filters: pipeline, type: { size: 4 }, chunkBytes: chunk.length };
        const decode = await createDecoder(layout, inflate);
        const decoded = decode(stored, mask);
        expect(Uint8Array.from(decoded)).toEqual(Uint8Array.from(chunk));
      },
    ),
  );
});

describe('a damaged chunk', async () => {
  const chunk = Uint8Array.from({ length: 1000 }, (_, i) => i % 7);
  const decode = await createDecoder(
    { filters: [DEFLATE, FLETCHER32], type: { size: 1 }, chunkBytes: 1000 },
    inflate,
  );
  const stored = encoders[3]!(encoders[1]!(chunk));

  it('is found by its checksum, wherever a bit has changed', () => {
    for (let bit = 0; bit < stored.length * 8; bit++) {
      const damaged = stored.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decode(damaged, 0)).toThrow(CorruptFileError);
    }
  });

  it('is named', () => {
    const place = { file: 'a.h5', dataset: '/images', chunk: [3, 0], offset: 4711 };
    expect(() => decode(stored.subarray(1), 0, place)).toThrow(
      /file a.h5, dataset \/images, chunk \[3, 0\], byte 4711/,
    );
  });

  it('with the wrong length is refused', () => {
    const shorter = encoders[3]!(encoders[1]!(chunk.subarray(1)));
    expect(() => decode(shorter, 0)).toThrow(/1000 bytes, got 999/);
    expect(() => decode(chunk.subarray(0, 10), 3)).toThrow(CorruptFileError);
    expect(() => decode(new Uint8Array(3), 0)).toThrow(CorruptFileError);
  });

  it('never inflates to more than a chunk', async () => {
    const inflating = vi.fn(inflate);
    const bomb = deflateSync(new Uint8Array(5_000_000));
    const layout = { filters: [FLETCHER32, DEFLATE], type: { size: 1 }, chunkBytes: 1000 };
    const decodeBomb = await createDecoder(layout, inflating);
    expect(() => decodeBomb(bomb, 0)).toThrow(CorruptFileError);
    // 4 bytes for the checksum that was put behind the chunk before deflating.
    expect(inflating).toHaveBeenCalledExactlyOnceWith(bomb, 1004);
  });
});

it('accepts the checksum that HDF5 before 1.6.3 wrote', async () => {
  const chunk = Uint8Array.of(1, 2, 3, 4);
  const stored = encoders[3]!(chunk);
  const [a, b, c, d] = stored.subarray(4);
  stored.set([b!, a!, d!, c!], 4);
  const layout = { filters: [FLETCHER32], type: { size: 1 }, chunkBytes: 4 };
  expect((await createDecoder(layout, inflate))(stored, 0)).toEqual(chunk);
});

it.each([
  [{ id: 32013, name: 'zfp' }, /zfp filter \(number 32013\).*\. h5wasm has no plugins/],
  [{ id: 4, name: 'szip' }, /szip filter \(number 4\) \(file a.h5\)$/],
])('refuses filter %o by name, before any chunk is read', async (filter, message) => {
  const layout = {
    filters: [{ ...filter, optional: true, clientData: [] }],
    type: { size: 1 },
    chunkBytes: 1,
  };
  const error: unknown = await createDecoder(layout, inflate, { file: 'a.h5' }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UnsupportedLayoutError);
  expect(error).toHaveProperty('message', expect.stringMatching(message));
});
