import path from 'node:path';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  encodeAttributeMessage,
  parseAttributeMessage,
} from '#src/hdf5/attributes/attribute-message.js';
import { Attributes, type AttributeInput } from '#src/hdf5/attributes.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

const LARGE = 70_000;

/** What attributes are set to, with a dtype. */
const values = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }).map((value) => ({ value, dtype: undefined })),
  fc
    .string({ maxLength: 300 })
    .map((text) => ({ value: text.replaceAll('\0', ''), dtype: undefined })),
  fc.boolean().map((value) => ({ value, dtype: undefined })),
  fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 30 }),
      fc.constantFrom('f2', '>f4', '>i2', 'u1', 'i8'),
    )
    .map(([value, dtype]) => ({ value, dtype })),
  // So large that it lies outside of the header, or outside of the heap.
  fc
    .constantFrom(3000, LARGE)
    .map((length) => ({ value: 'x'.repeat(length), dtype: `S${length}` })),
);

const steps = fc.array(
  fc.record({
    object: fc.constantFrom('/', '/g', '/d'),
    name: fc.integer({ min: 0, max: 15 }).map((number) => `attribute ${'é'.repeat(number)}`),
    action: fc.oneof(
      { weight: 5, arbitrary: values },
      { weight: 1, arbitrary: fc.constant('delete' as const) },
      { weight: 1, arbitrary: fc.constant('modify' as const) },
    ),
  }),
  { minLength: 30, maxLength: 60 },
);

describeWithH5py('any sequence of changes to attributes', () => {
  it.each(['v110', 'earliest', 'track_order'])(
    'ends as in a Map, for h5py too: file of kind %s',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          const name = path.join(await temporaryDirectory(), 'file.h5');
          await h5py.run(
            `
            kind = data['kind']
            more = dict(track_order=True) if kind == 'track_order' else dict(libver=kind)
            with h5py.File(data['name'], 'w', **more) as f:
                f.create_group('g'); f['d'] = [1]
            `,
            { name, kind },
          );
          const file = await openH5(name, 'r+', { durability: 'process' });
          const model = new Map<string, Map<string, unknown>>();
          for (const { object, name: key, action } of sequence) {
            const attributes = new Attributes(file, object);
            const expected = model.get(object) ?? new Map<string, unknown>();
            model.set(object, expected);
            if (action === 'delete') {
              if (expected.delete(key)) attributes.delete(key);
            } else if (action === 'modify') {
              if (expected.has(key)) attributes.modify(key, attributes.get(key) as AttributeInput);
            } else {
              const { value, dtype } = action;
              // Objects that HDF5 1.6 could read hold no attributes of 64 KiB.
              if (dtype === `S${LARGE}` && kind !== 'v110') continue;
              attributes.create(key, value, dtype === undefined ? {} : { dtype });
              expected.set(key, value);
            }
            expect([...attributes].sort()).toEqual([...expected.keys()].sort());
          }
          await file.close();
          const found = (await h5py.run(
            `
            with h5py.File(data, 'r+') as f:
                result = {o: dict(f[o].attrs) for o in ('/', 'g', 'd')}
                for o in ('/', 'g', 'd'):
                    for n in list(f[o].attrs):
                        f[o].attrs.modify(n, f[o].attrs[n])
                    after = dict(f[o].attrs)
                    assert all(np.array_equal(after[n], v) for n, v in result[o].items()), o
                    for n in list(f[o].attrs): del f[o].attrs[n]
            `,
            name,
          )) as Record<string, Record<string, unknown>>;
          for (const [object, expected] of model) {
            const key = object === '/' ? '/' : object.slice(1);
            expect(found[key], object).toEqual(Object.fromEntries(expected));
          }
        }),
        { numRuns: 3, endOnFailure: true },
      );
    },
    120_000,
  );
});

it('an attribute message is parsed into what it was made of', () => {
  const bytes = (most: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: most });
  fc.assert(
    fc.property(bytes(300), bytes(60), bytes(60), bytes(300), (name, datatype, dataspace, data) => {
      const parts = { name, datatype, dataspace, flags: 0, characterSet: 1 };
      const body = encodeAttributeMessage(parts, data);
      const parsed = parseAttributeMessage(body);
      expect(parsed).toEqual({ ...parts, version: 3, dataAt: body.length - data.length });
      expect(body.subarray(parsed.dataAt)).toEqual(data);
    }),
  );
});
