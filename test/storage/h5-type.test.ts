import path from 'node:path';

import { expect, it } from 'vitest';

import { NotFoundError } from '#src/errors.js';
import type { H5Type } from '#src/storage/h5.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

const integer = (size: number, signed: boolean, littleEndian = true): H5Type => ({
  class: 'integer',
  size,
  signed,
  littleEndian,
});
const float = (size: number, littleEndian = true): H5Type => ({
  class: 'float',
  size,
  littleEndian,
});
const complex = (size: number, littleEndian: boolean): H5Type => ({
  class: 'compound',
  size,
  members: [
    { name: 'r', offset: 0, type: float(size / 2, littleEndian) },
    { name: 'i', offset: size / 2, type: float(size / 2, littleEndian) },
  ],
});
const bool = {
  class: 'enumeration',
  base: integer(1, true),
  members: [
    { name: 'FALSE', value: 0n },
    { name: 'TRUE', value: 1n },
  ],
} as H5Type;

/** A Python expression for the type, in h5py's words, and what is found. */
const types: [string, H5Type][] = [
  ...['<', '>'].flatMap((order): [string, H5Type][] => [
    [`np.dtype('${order}i8')`, integer(8, true, order === '<')],
    [`np.dtype('${order}u2')`, integer(2, false, order === '<')],
    [`np.dtype('${order}f2')`, float(2, order === '<')],
    [`np.dtype('${order}f8')`, float(8, order === '<')],
    [`np.dtype('${order}c8')`, complex(8, order === '<')],
    [`np.dtype('${order}c16')`, complex(16, order === '<')],
    [
      `h5py.enum_dtype({'a': 1, 'B': -2}, basetype='${order}i2')`,
      {
        class: 'enumeration',
        base: integer(2, true, order === '<'),
        members: [
          { name: 'B', value: -2n },
          { name: 'a', value: 1n },
        ],
      } as H5Type,
    ],
  ]),
  [`np.dtype('i1')`, integer(1, true)],
  [`np.dtype(bool)`, bool],
  [`np.dtype('S7')`, { class: 'string', size: 7, encoding: 'ascii', padding: 'nul-padded' }],
  [
    `h5py.string_dtype('utf-8', 5)`,
    { class: 'string', size: 5, encoding: 'utf-8', padding: 'nul-padded' },
  ],
  [`h5py.string_dtype()`, { class: 'variable-length string', encoding: 'utf-8' }],
  [`h5py.string_dtype('ascii')`, { class: 'variable-length string', encoding: 'ascii' }],
  [`h5py.ref_dtype`, { class: 'reference', kind: 'object', size: 8 }],
  [`h5py.regionref_dtype`, { class: 'reference', kind: 'region', size: 12 }],
  [`h5py.vlen_dtype('>i2')`, { class: 'variable-length', base: integer(2, true, false) }],
  [`np.dtype('V5')`, { class: 'opaque', size: 5 }],
  [`h5py.opaque_dtype('M8[ns]')`, { class: 'opaque', size: 8 }],
  [
    `np.dtype([('a', '>i4'), ('b', '<f8'), ('in', [('x', '>u2'), ('s', 'S3')]), ('row', '>f4', (2, 3))])`,
    {
      class: 'compound',
      size: 41,
      members: [
        { name: 'a', offset: 0, type: integer(4, true, false) },
        { name: 'b', offset: 4, type: float(8) },
        {
          name: 'in',
          offset: 12,
          type: {
            class: 'compound',
            size: 5,
            members: [
              { name: 'x', offset: 0, type: integer(2, false, false) },
              {
                name: 's',
                offset: 2,
                type: { class: 'string', size: 3, encoding: 'ascii', padding: 'nul-padded' },
              },
            ],
          },
        },
        {
          name: 'row',
          offset: 17,
          type: { class: 'array', base: float(4, false), shape: [2, 3], size: 24 },
        },
      ],
    },
  ],
  [
    // Pointers to strings have 4 bytes in WebAssembly.
    `np.dtype([('s', h5py.string_dtype()), ('r', h5py.ref_dtype), ('b', bool)])`,
    {
      class: 'compound',
      size: 13,
      members: [
        { name: 's', offset: 0, type: { class: 'variable-length string', encoding: 'utf-8' } },
        { name: 'r', offset: 4, type: { class: 'reference', kind: 'object', size: 8 } },
        { name: 'b', offset: 12, type: bool },
      ],
    },
  ],
];

describeWithH5py('the type of elements', () => {
  it('is the one that h5py gave them, in datasets and as named datatypes', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      with h5py.File(data['file'], 'w') as f:
          for i, code in enumerate(data['codes']):
              f.create_dataset(f'dataset {i}', shape=(1,), dtype=eval(code))
              h5py.h5t.py_create(eval(code), logical=True).copy().commit(f.id, b'datatype %d' % i)
      `,
      { file, codes: types.map(([code]) => code) },
    );
    const h5 = await openH5(file, 'r');
    types.forEach(([code, type], index) => {
      expect(h5.dataset(`/dataset ${index}`).type, code).toEqual(type);
      expect(h5.datatype(`/datatype ${index}`), code).toEqual(type);
    });
    expect(() => h5.datatype('/dataset 0')).toThrow(NotFoundError);
    expect(() => h5.datatype('/none')).toThrow(NotFoundError);
    await h5.close();
  });

  it('is known of types that numpy does not have', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      t = h5py.h5t
      with h5py.File(data, 'w') as f:
          def create(name, type):
              h5py.h5d.create(f.id, name.encode(), type, h5py.h5s.create_simple((1,)))
          create('bits', t.STD_B16BE)
          create('time', t.UNIX_D32LE)
          create('quad', t.NATIVE_LDOUBLE)
          for name, pad in [('terminated', t.STR_NULLTERM), ('spaces', t.STR_SPACEPAD)]:
              text = t.C_S1.copy()
              text.set_size(6)
              text.set_strpad(pad)
              create(name, text)
          create('array', t.array_create(t.STD_I32BE, (2, 3)))
          create('large', t.py_create(h5py.enum_dtype({'a': 2**62, 'b': 3}, basetype='i8'), logical=True))
      `,
      file,
    );
    const h5 = await openH5(file, 'r');
    const typeOf = (name: string): H5Type => h5.dataset(name).type;
    expect(typeOf('/bits')).toEqual({ class: 'bit field', size: 2 });
    expect(typeOf('/time')).toEqual({ class: 'time', size: 4 });
    expect(typeOf('/quad')).toEqual(float(16));
    expect(typeOf('/terminated')).toMatchObject({ class: 'string', padding: 'nul-terminated' });
    expect(typeOf('/spaces')).toMatchObject({ class: 'string', padding: 'space-padded' });
    expect(typeOf('/array')).toEqual({
      class: 'array',
      base: integer(4, true, false),
      shape: [2, 3],
      size: 24,
    });
    // What h5wasm says of it: the nearest int32.
    expect(typeOf('/large')).toMatchObject({
      base: integer(8, true),
      members: [
        { name: 'a', value: 2n ** 31n - 1n },
        { name: 'b', value: 3n },
      ],
    });
    await h5.close();
  });
});
