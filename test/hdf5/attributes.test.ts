import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';

import { expect, it } from 'vitest';

import { Attributes, type AttributeInput, type AttributeOptions } from '#src/hdf5/attributes.js';
import { Empty } from '#src/hdf5/empty.js';
import { compoundDType, numericDType, stringDType } from '#src/hdf5/dtype.js';
import { dereference, Reference, referenceTo } from '#src/hdf5/reference.js';
import { openH5, type H5File } from '#src/storage/h5.js';
import {
  InvalidOptionError,
  NotFoundError,
  StorageError,
  UnsupportedByLibraryError,
} from 'planefeed';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { describeWithHdf5Tools, h5dump } from '../support/hdf5-tools.js';
import { temporaryDirectory } from '../support/temp.js';

interface Case {
  readonly name: string;
  readonly value: AttributeInput;
  readonly options?: AttributeOptions;
  /** The same value in Python, for `obj.attrs.create(name, *args)`. */
  readonly python: string;
}

const point = compoundDType(
  [
    { name: 'x', dtype: numericDType('f', 4, '>'), offset: 0 },
    { name: 'on', dtype: numericDType('b', 1), offset: 4 },
    { name: 'tag', dtype: stringDType({ encoding: 'ascii', length: 3 }), offset: 5 },
  ],
  8,
);

const numeric = 'i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8 c8 c16'.split(' ');

const cases: readonly Case[] = [
  { name: 'int', value: 5, python: '5' },
  { name: 'negative', value: -5, python: '-5' },
  { name: 'float', value: 1.5, python: '1.5' },
  { name: 'bool', value: true, python: 'True' },
  { name: 'bools', value: [true, false], python: '[True, False]' },
  { name: 'text', value: 'héllo ', python: "'héllo '" },
  { name: 'no text', value: '', python: "''" },
  { name: 'texts', value: ['a', 'bé', ''], python: "['a', 'bé', '']" },
  {
    name: 'table of text',
    value: [
      ['a', 'b'],
      ['c', 'd'],
    ],
    python: "np.array([['a', 'b'], ['c', 'd']], dtype=h5py.string_dtype())",
  },
  { name: 'large int', value: 2n ** 63n, python: '2**63' },
  { name: 'bigint', value: -(2n ** 62n), python: '-2**62' },
  { name: 'list', value: [1, 2, 3], python: '[1, 2, 3]' },
  {
    name: 'matrix',
    value: [
      [1, 2.5],
      [3, 4],
    ],
    python: '[[1, 2.5], [3, 4]]',
  },
  { name: 'nothing', value: [], python: '[]' },
  { name: 'complex', value: { re: 1, im: -2.5 }, python: '1-2.5j' },
  { name: 'typed', value: Uint16Array.of(1, 2), python: "np.array([1, 2], 'u2')" },
  { name: 'empty', value: new Empty('f4'), python: "h5py.Empty('f4')" },
  { name: 'empty half', value: new Empty('>f2'), python: "h5py.Empty('>f2')" },
  { name: 'empty bool', value: new Empty('bool'), python: "h5py.Empty('?')" },
  { name: 'empty bytes', value: new Empty('S2'), python: "h5py.Empty('S2')" },
  { name: 'empty text', value: new Empty('str'), python: 'h5py.Empty(h5py.string_dtype())' },
  {
    name: 'shape',
    value: [1, 2, 3, 4],
    options: { shape: [2, 2] },
    python: '[1, 2, 3, 4], (2, 2)',
  },
  { name: 'one axis', value: 3, options: { shape: 1, dtype: 'f2' }, python: "3, (1,), 'f2'" },
  ...numeric.flatMap((dtype) =>
    ['<', '>'].flatMap((order): Case[] => [
      {
        name: `array ${order}${dtype}`,
        value: dtype.startsWith('c')
          ? { data: [1, 0, 2, 0, 3, 0], shape: [3], dtype: 'c16' }
          : [1, 2, 3],
        options: { dtype: order + dtype },
        python: `[1, 2, 3], None, '${order}${dtype}'`,
      },
      {
        name: `scalar ${order}${dtype}`,
        value: dtype.startsWith('c') ? { re: 7, im: 0 } : 7,
        options: { dtype: order + dtype },
        python: `7, None, '${order}${dtype}'`,
      },
    ]),
  ),
  {
    name: 'fixed',
    value: ['ab', 'abcdef'],
    options: { dtype: 'S4' },
    python: "np.array([b'ab', b'abcd'], 'S4')",
  },
  {
    name: 'fixed utf-8',
    value: 'é',
    options: { dtype: stringDType({ length: 5 }) },
    python: "'é'.encode(), None, h5py.string_dtype('utf-8', 5)",
  },
  {
    name: 'ascii',
    value: 'abc',
    options: { dtype: stringDType({ encoding: 'ascii' }) },
    python: "'abc', None, h5py.string_dtype('ascii')",
  },
  {
    name: 'compound',
    value: { data: { x: [1, 2], on: [true, false], tag: ['ab', 'c'] }, shape: [2] },
    options: { dtype: point },
    python:
      "np.array([(1, True, b'ab'), (2, False, b'c')], [('x', '>f4'), ('on', '?'), ('tag', 'S3')])",
  },
  {
    name: 'compound scalar',
    value: { x: 1.5, on: true, tag: 'abc' },
    options: { dtype: point },
    python: "np.array((1.5, True, b'abc'), [('x', '>f4'), ('on', '?'), ('tag', 'S3')])",
  },
];

const emptyBytes = cases.find(({ name }) => name === 'empty bytes')!;
/** So few that they lie in the object's header. */
const few = [...cases.slice(2, 8), emptyBytes];

function inPython({ name, python }: Case): { name: string; python: string } {
  return { name, python };
}

const facts = `
def fact(obj, name):
    a = obj.attrs.get_id(name)
    t, s = a.get_type(), a.get_space()
    v = obj.attrs[name]
    return dict(type=list(t.encode()), shape=a.shape, dtype=a.dtype.str, kind=s.get_simple_extent_type(),
        maxshape=s.get_simple_extent_dims(True) if a.shape else None,
        python=type(v).__name__, value=repr(v), cset=h5py.h5a.get_info(obj.id, name.encode()).cset)
def facts(obj): return {n: fact(obj, n) for n in sorted(obj.attrs)}
`;

describeWithH5py('attributes', () => {
  it.each(['new', 'earliest', 'latest', 'userblock', 'track_order'] as const)(
    "are h5py's, in a file of kind: %s",
    async (kind) => {
      const directory = await temporaryDirectory();
      const [ours, theirs] = [path.join(directory, 'ours.h5'), path.join(directory, 'theirs.h5')];
      const prepare = (file: string): Promise<unknown> =>
        h5py.run(
          `
          kind = data['kind']
          more = dict(new=dict(libver=('v110', 'v110')), userblock=dict(userblock_size=1024),
              track_order=dict(track_order=True)).get(kind, dict(libver=kind))
          with h5py.File(data['file'], 'w', **more) as f:
              g = f.create_group('g'); f.create_dataset('d', data=[1.0]); f['t'] = np.dtype('i4')
          `,
          { file, kind },
        );
      await prepare(ours);
      await prepare(theirs);

      // Few attributes lie in the header of an object, many in a heap of their own.
      const objects = ['/', '/g', '/d', '/t'];
      const of = (object: string): readonly Case[] =>
        object === '/g' ? cases.filter((each) => each !== emptyBytes) : few;
      const file = await openH5(ours, 'r+', { durability: 'process' });
      for (const object of objects) {
        const attributes = new Attributes(file, object);
        for (const { name, value, options } of of(object)) {
          attributes.create(name, value, options);
        }
        expect(attributes.size).toBe(of(object).length);
      }
      await file.close();

      const [found, expected, again] = (await h5py.run(
        `${facts}
with h5py.File(data['theirs'], 'r+', libver=('v110', 'v110')) as f:
    for o, cases in data['cases']:
        for c in cases: exec(f"f[o].attrs.create(c['name'], {c['python']})")
def all_facts(path):
    with h5py.File(path) as f: return {o: facts(f[o]) for o, _ in data['cases']}
found, expected = all_facts(data['ours']), all_facts(data['theirs'])
# They can be written to, deleted and made again.
with h5py.File(data['ours'], 'r+', libver=('v110', 'v110')) as f:
    for o, cases in data['cases']:
        for c in cases:
            v = f[o].attrs[c['name']]
            if not isinstance(v, h5py.Empty): f[o].attrs.modify(c['name'], v)
        for c in cases[::3]:
            del f[o].attrs[c['name']]
            exec(f"f[o].attrs.create(c['name'], {c['python']})")
result = [found, expected, all_facts(data['ours'])]
`,
        { ours, theirs, cases: objects.map((object) => [object, of(object).map(inPython)]) },
      )) as Record<string, Record<string, unknown>>[];
      for (const object of objects) {
        for (const { name } of of(object)) {
          expect(found![object]![name], `${object} ${name}`).toEqual(expected![object]![name]);
        }
        expect(again![object], object).toEqual(found![object]);
      }
    },
    120_000,
  );

  it('read what h5py writes', async () => {
    const file = path.join(await temporaryDirectory(), 'theirs.h5');
    const order = (await h5py.run(
      `
      with h5py.File(data['file'], 'w') as f:
          g = f.create_group('g')
          for c in data['cases']: exec(f"g.attrs.create(c['name'], {c['python']})")
          g.attrs['ref'] = g.ref
          g.attrs.create('refs', [g.ref, f.ref], dtype=h5py.ref_dtype)
          g.attrs.create('null', np.array([h5py.Reference()], h5py.ref_dtype), dtype=h5py.ref_dtype)
          d = f.create_dataset('d', data=np.arange(10))
          g.attrs['region'] = d.regionref[2:5]
          g.attrs.create('ragged', np.array([np.array([1, 2], '>i2'), np.array([3], '>i2')], dtype=object),
              dtype=h5py.vlen_dtype(np.dtype('>i2')))
          g.attrs.create('enum', [1, 2], dtype=h5py.enum_dtype({'A': 1, 'B': 2}, '>i2'))
          g.attrs.create('pairs', np.ones((2, 3)), dtype='(3,)>f4')
          t = h5py.h5t.C_S1.copy(); t.set_size(4)
          h5py.h5a.create(g.id, b'nul', t, h5py.h5s.create(h5py.h5s.SCALAR)).write(np.array(b'ab'))
          t.set_strpad(h5py.h5t.STR_SPACEPAD)
          h5py.h5a.create(g.id, b'space', t, h5py.h5s.create(h5py.h5s.SCALAR)).write(np.array(b'ab'))
          mixed = np.dtype([('a', '>f4'), ('b', 'u1'), ('c', h5py.string_dtype()), ('d', '>i8')])
          g.attrs.create('mixed', np.array([(1.5, 2, 'é', 3), (2.5, 4, 'f', -1)], mixed), dtype=mixed)
          nested = np.dtype([('p', [('x', '<i4'), ('z', '<c8')]), ('r', h5py.ref_dtype)])
          g.attrs.create('nested', np.array(((1, 2+3j), g.ref), nested), dtype=nested)
          result = list(g.attrs)
      `,
      { file, cases: cases.map(inPython) },
    )) as string[];
    const h5 = await openH5(file, 'r');
    const attributes = new Attributes(h5, '/g');
    expect([...attributes]).toEqual(order);
    const expectArray = (name: string, data: unknown, shape: number[], dtype: string): void => {
      expect(attributes.get(name), name).toMatchObject({ data, shape, dtype });
    };
    expect(attributes.get('int')).toBe(5n);
    expect(attributes.get('float')).toBe(1.5);
    expect(attributes.get('bool')).toBe(true);
    expect(attributes.get('text')).toBe('héllo ');
    expect(attributes.get('large int')).toBe(2n ** 63n);
    expect(attributes.get('complex')).toEqual({ re: 1, im: -2.5 });
    expect(attributes.get('empty')).toEqual(new Empty('f4'));
    expect(attributes.get('fixed utf-8')).toBe('é');
    expectArray('bools', Uint8Array.of(1, 0), [2], '|b1');
    expectArray('texts', ['a', 'bé', ''], [3], '|O');
    expectArray('table of text', ['a', 'b', 'c', 'd'], [2, 2], '|O');
    expectArray('nothing', new Float64Array(), [0], '<f8');
    expectArray('fixed', ['ab', 'abcd'], [2], '|S4');
    for (const dtype of numeric) {
      for (const order of ['<', '>']) {
        const name = `${order}${dtype}`;
        const big = dtype.endsWith('8') && !/[fc]/.test(dtype);
        const complex = dtype.startsWith('c');
        const scalar = complex ? { re: 7, im: 0 } : big ? 7n : 7;
        expect(attributes.get(`scalar ${name}`), name).toEqual(scalar);
        const array = attributes.get(`array ${name}`) as {
          data: ArrayLike<unknown>;
          dtype: string;
        };
        const numbers = complex ? [1, 0, 2, 0, 3, 0] : big ? [1n, 2n, 3n] : [1, 2, 3];
        expect([...Array.from(array.data)], name).toEqual(numbers);
        expect(array.dtype).toBe(dtype.endsWith('1') ? `|${dtype}` : name);
      }
    }
    expect(attributes.get('compound scalar')).toEqual({ x: 1.5, on: true, tag: 'abc' });
    expectArray(
      'compound',
      { x: Float32Array.of(1, 2), on: Uint8Array.of(1, 0), tag: ['ab', 'c'] },
      [2],
      '|V8',
    );

    const reference = attributes.get('ref') as Reference;
    expect(String(reference)).toBe('<HDF5 object reference>');
    expect(dereference(h5, reference)).toBe('/g');
    const references = attributes.get('refs') as unknown as { data: Reference[] };
    expect(references.data.map((each) => dereference(h5, each))).toEqual(['/g', '/']);
    const [none] = (attributes.get('null') as unknown as { data: Reference[] }).data;
    expect(none!.isNull).toBe(true);
    expect(() => dereference(h5, none!)).toThrow(InvalidOptionError);
    const region = attributes.get('region') as Reference;
    expect(region.kind).toBe('region');
    expect(dereference(h5, region)).toBe('/d');

    const ragged = attributes.get('ragged') as unknown as { data: { data: unknown }[] };
    expect(ragged.data.map(({ data }) => data)).toEqual([Int16Array.of(1, 2), Int16Array.of(3)]);
    expectArray('enum', Int16Array.of(1, 2), [2], '>i2');
    expectArray('pairs', new Float32Array(6).fill(1), [2, 3], '>f4');
    expect(attributes.get('nul')).toBe('ab');
    expect(attributes.get('space')).toBe('ab');
    expect(attributes.get('mixed')).toMatchObject({
      data: {
        a: Float32Array.of(1.5, 2.5),
        b: Uint8Array.of(2, 4),
        c: ['é', 'f'],
        d: BigInt64Array.of(3n, -1n),
      },
    });
    const nested = attributes.get('nested') as unknown as { p: unknown; r: Reference };
    expect(nested.p).toEqual({ x: 1, z: { re: 2, im: 3 } });
    expect(dereference(h5, nested.r)).toBe('/g');
    expect([...attributes.values()]).toHaveLength(order.length);
    expect(attributes.get('missing')).toBeUndefined();
    await h5.close();
  });

  it('that h5wasm reads wrong are refused, and not in the way of others', async () => {
    const file = path.join(await temporaryDirectory(), 'theirs.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          enum = h5py.enum_dtype({'A': 1, 'B': 2}, '>i2')
          both = np.dtype([('a', '>f4'), ('e', enum)])
          f.attrs.create('both', np.array([(1.5, 2)], both), dtype=both)
          f.attrs.create('opaque', np.void(b'abc'))
          f.attrs['good'] = 5
      `,
      file,
    );
    const h5 = await openH5(file, 'r');
    const attributes = new Attributes(h5, '/');
    expect(() => attributes.get('both')).toThrow(UnsupportedByLibraryError);
    expect(() => attributes.get('opaque')).toThrow(UnsupportedByLibraryError);
    expect(attributes.get('good')).toBe(5n);
    expect([...attributes]).toEqual(['both', 'good', 'opaque']);
    await h5.close();
  });

  it('keep dtype and shape when modified', async () => {
    const file = path.join(await temporaryDirectory(), 'theirs.h5');
    const write = (prefix: string): string => `
      import math
      with h5py.File(data['file'], 'r+') as f:
          a = f['${prefix}'].attrs
          a.modify('half', np.array([1, 2**20, 0.1])); a.modify('byte', np.array([300.7])); a.modify('one', 4)
          a.modify('text', 'other'); a.modify('fixed', np.array([b'abcdef', b'x'], 'S6')); a.modify('nul', np.array(b'wxyz'))
          a.modify('space', np.array(b'q')); a.modify('enum', np.array([2, 1], '>i2')); a.modify('bool', False)
          a.modify('ref', f.ref); a.modify('new', 5); a.modify('complex', 1j)
      `;
    await h5py.run(
      `
      with h5py.File(data['file'], 'w') as f:
          for n in ('ours', 'theirs'):
              a = f.create_group(n).attrs
              a.create('half', [1, 2, 3], dtype='>f2'); a.create('byte', [1], dtype='u1'); a['one'] = [3]
              a['text'] = 'text'; a.create('fixed', np.array([b'ab', b'c'], 'S3')); a['bool'] = True
              t = h5py.h5t.C_S1.copy(); t.set_size(4)
              h5py.h5a.create(f[n].id, b'nul', t, h5py.h5s.create(h5py.h5s.SCALAR)).write(np.array(b'ab'))
              t.set_strpad(h5py.h5t.STR_SPACEPAD)
              h5py.h5a.create(f[n].id, b'space', t, h5py.h5s.create(h5py.h5s.SCALAR)).write(np.array(b'ab'))
              a.create('enum', [1, 2], dtype=h5py.enum_dtype({'A': 1, 'B': 2}, '>i2'))
              a['ref'] = f['ours'].ref; a['complex'] = 2j; a['void'] = h5py.Empty('f4')
      ${write('theirs').trim()}
      `.replace(/\n {6}/g, '\n'),
      { file },
    );
    const h5 = await openH5(file, 'r+', { durability: 'process' });
    const attributes = new Attributes(h5, '/ours');
    attributes.modify('half', [1, 2 ** 20, 0.1]);
    attributes.modify('byte', Float64Array.of(300.7));
    attributes.modify('one', 4);
    attributes.modify('text', 'other');
    attributes.modify('fixed', ['abcdef', 'x']);
    attributes.modify('nul', 'wxyz');
    attributes.modify('space', 'q');
    attributes.modify('enum', [2, 1]);
    attributes.modify('bool', false);
    attributes.modify('ref', referenceTo(h5, '/'));
    attributes.modify('new', 5);
    attributes.modify('complex', { re: 0, im: 1 });
    expect(() => {
      attributes.modify('half', [1, 2]);
    }).toThrow('Shape of data is incompatible with existing attribute');
    expect(() => {
      attributes.modify('void', 1);
    }).toThrow("Empty attributes can't be modified");
    expect(() => {
      attributes.modify('half', 'text');
    }).toThrow(InvalidOptionError);
    await h5.close();
    const [ours, theirs] = (await h5py.run(
      `${facts}
with h5py.File(data) as f: result = [facts(f['ours']), facts(f['theirs'])]
`,
      file,
    )) as Record<string, unknown>[];
    expect(ours).toEqual(theirs);
  });

  it('are replaced whatever their type, many and large ones too', async () => {
    const file = path.join(await temporaryDirectory(), 'ours.h5');
    const h5 = await openH5(file, 'w', { durability: 'process' });
    h5.createGroup('/g');
    const attributes = new Attributes(h5, '/g');
    for (let index = 0; index < 700; index++) attributes.set(`number ${index}`, index);
    attributes.set('number 3', 'text');
    attributes.set('number 4', 4.5);
    attributes.create('large', new Float32Array(40_000).fill(0.5), { dtype: 'float16' });
    attributes.create('larger', 'é'.repeat(100_000));
    attributes.modify('large', new Float32Array(40_000).fill(2));
    attributes.set('heap', [true, false]);
    attributes.delete('number 5');
    attributes.modify('number 6', 66);
    expect(attributes.size).toBe(702);
    await h5.close();
    const found = await h5py.run(
      `
      with h5py.File(data) as f:
          a = f['g'].attrs
          result = [len(a), a['number 3'], a['number 4'], a['large'].dtype.str, float(a['large'].sum(dtype='f8')),
              len(a['larger']), a['heap'], a['number 6'], sum(int(a[f'number {i}']) for i in range(7, 700))]
      `,
      file,
    );
    const sum = (700 * 699) / 2 - (7 * 6) / 2;
    expect(found).toEqual([702, 'text', 4.5, '<f2', 80_000, 100_000, [true, false], 66, sum]);
  });
});

/** Runs `use` on the attributes of a group in a new file. */
async function withAttributes(
  use: (attributes: Attributes, file: H5File) => void | Promise<void>,
): Promise<void> {
  const name = path.join(await temporaryDirectory(), 'file.h5');
  const file = await openH5(name, 'w', { durability: 'process' });
  file.createGroup('/g');
  await use(new Attributes(file, '/g'), file);
  await file.close();
}

describeWithHdf5Tools('attributes in h5dump', () => {
  it('have the types asked for', async () => {
    const name = path.join(await temporaryDirectory(), 'file.h5');
    const file = await openH5(name, 'w', { durability: 'process' });
    const attributes = new Attributes(file, '/');
    attributes.set('text', 'héllo');
    attributes.create('half', [1, 2], { dtype: '>f2' });
    attributes.set('yes', true);
    attributes.set('none', new Empty('i4'));
    await file.close();
    const dump = await h5dump(name);
    expect(dump).toMatch(/STRSIZE H5T_VARIABLE;\s*STRPAD H5T_STR_NULLTERM;\s*CSET H5T_CSET_UTF8;/);
    expect(dump).toContain('16-bit big-endian floating-point');
    expect(dump).toMatch(/H5T_ENUM \{\s*H5T_STD_I8LE;\s*"FALSE"\s*0;\s*"TRUE"\s*1;/);
    expect(dump).toMatch(/ATTRIBUTE "none" \{\s*DATATYPE {2}H5T_STD_I32LE\s*DATASPACE {2}NULL/);
  });
});

it('attributes take back what they gave', async () => {
  await withAttributes((attributes, file) => {
    const values = [
      7n,
      1.5,
      true,
      'text',
      { re: 1, im: 2 },
      new Empty('>i2'),
      referenceTo(file, '/'),
    ];
    for (const value of values) {
      attributes.set('value', value);
      expect(attributes.get('value')).toEqual(value);
      attributes.set('again', attributes.get('value') as AttributeInput);
      expect(attributes.get('again')).toEqual(value);
    }
    for (const dtype of ['>f2', '<f4', '>i8', 'bool', 'S3']) {
      attributes.create('array', dtype === 'S3' ? ['a', 'b'] : [1, 0], { dtype });
      attributes.set('again', attributes.get('array') as AttributeInput);
      expect(attributes.get('again')).toEqual(attributes.get('array'));
    }
    attributes.set('references', [referenceTo(file, '/'), referenceTo(file, '/g')]);
    attributes.set('again', attributes.get('references') as AttributeInput);
    expect(attributes.get('again')).toEqual(attributes.get('references'));
    expect([...attributes.keys()]).toEqual(['again', 'array', 'references', 'value']);
    expect([...attributes.entries()].map(([name]) => name)).toEqual([...attributes]);
    expect(attributes.has('array')).toBe(true);
    expect(attributes.has('other')).toBe(false);
  });
});

it('print as in h5py, also when the file is closed', async () => {
  const name = path.join(await temporaryDirectory(), 'file.h5');
  const file = await openH5(name, 'w');
  const attributes = new Attributes(file, '/');
  expect(String(attributes)).toBe('<Attributes of HDF5 object at />');
  await file.close();
  expect(inspect(attributes)).toBe('<Attributes of closed HDF5 object>');
  expect(() => attributes.get('x')).toThrow('the file has been closed');
});

it('a refused attribute leaves the file as it was, and says what was wrong', async () => {
  const name = path.join(await temporaryDirectory(), 'file.h5');
  await fileWithOneAttribute(name);
  const before = await readFile(name);
  const file = await openH5(name, 'r+', { durability: 'process' });
  const attributes = new Attributes(file, '/');
  const refused: readonly [() => void, new (...arguments_: never[]) => Error, string][] = [
    [
      () => {
        attributes.set('a', 'a\0b');
      },
      InvalidOptionError,
      'NUL',
    ],
    [
      () => {
        attributes.set('', 1);
      },
      InvalidOptionError,
      'name of an attribute',
    ],
    [
      () => {
        attributes.set('a\0', 1);
      },
      InvalidOptionError,
      'name of an attribute',
    ],
    [
      () => {
        attributes.set(5 as unknown as string, 1);
      },
      InvalidOptionError,
      'got 5',
    ],
    [
      () => {
        attributes.set('a', undefined as unknown as number);
      },
      InvalidOptionError,
      'Empty',
    ],
    [
      () => {
        attributes.set('a', [[1], [2, 3]]);
      },
      InvalidOptionError,
      'Ragged',
    ],
    [
      () => {
        attributes.set('a', ['a', 1]);
      },
      InvalidOptionError,
      'no common dtype',
    ],
    [
      () => {
        attributes.set('a', 2n ** 64n);
      },
      InvalidOptionError,
      'uint64',
    ],
    [
      () => {
        attributes.create('a', [1, 2], { shape: [3] });
      },
      InvalidOptionError,
      'conflicts',
    ],
    [
      () => {
        attributes.create('a', 1, { dtype: 'f3' });
      },
      InvalidOptionError,
      "'f3'",
    ],
    [
      () => {
        attributes.create('a', 'é', { dtype: 'S4' });
      },
      InvalidOptionError,
      'ASCII',
    ],
    [
      () => {
        attributes.create('a', 'x', { dtype: 'f4' });
      },
      InvalidOptionError,
      'number',
    ],
    [
      () => {
        attributes.delete('missing');
      },
      NotFoundError,
      'There are: kept',
    ],
    [
      () => {
        new Attributes(file, '/missing').set('a', 1);
      },
      NotFoundError,
      '/missing',
    ],
    [
      () => {
        new Attributes(file, '/missing').get('a');
      },
      NotFoundError,
      '/missing',
    ],
    [() => referenceTo(file, '/missing'), NotFoundError, '/missing'],
    [
      () => {
        attributes.set('a', new Reference('region', new Uint8Array(12)));
      },
      UnsupportedByLibraryError,
      'regions',
    ],
    [
      () => {
        const dtype = compoundDType([{ name: 't', dtype: stringDType(), offset: 0 }], 8);
        attributes.create('a', { t: 'x' }, { dtype });
      },
      UnsupportedByLibraryError,
      "'t' in a compound",
    ],
    [
      () => dereference(file, new Reference('object', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 1))),
      NotFoundError,
      'no object',
    ],
  ];
  for (const [attempt, kind, text] of refused) {
    expect(attempt, text).toThrow(kind);
    expect(attempt).toThrow(text);
  }
  expect([...attributes]).toEqual(['kept']);
  await file.close();
  expect(Buffer.compare(await readFile(name), before)).toBe(0);

  const reading = await openH5(name, 'r');
  const readOnly = new Attributes(reading, '/');
  for (const value of [1, 'text']) {
    expect(() => {
      readOnly.set('kept', value);
    }).toThrow("Open it with mode 'r+'");
  }
  expect(() => {
    readOnly.delete('kept');
  }).toThrow(InvalidOptionError);
  await reading.close();
});

describeWithH5py('an attribute that HDF5 refuses', () => {
  it('is not there, and what it was to replace still is', async () => {
    const name = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f: f.create_group('g').attrs['x'] = 5
      `,
      name,
    );
    const before = await readFile(name);
    const file = await openH5(name, 'r+', { durability: 'process' });
    const attributes = new Attributes(file, '/g');
    for (const dtype of ['f8', 'f2']) {
      for (const attribute of ['x', 'y']) {
        expect(() => {
          attributes.create(attribute, new Float64Array(40_000), { dtype });
        }).toThrow(StorageError);
      }
    }
    expect(attributes.get('x')).toBe(5n);
    expect([...attributes]).toEqual(['x']);
    await file.close();
    expect(Buffer.compare(await readFile(name), before)).toBe(0);
  });
});

it('of objects in another file are only what h5wasm can create', async () => {
  const directory = await temporaryDirectory();
  const other = path.join(directory, 'other.h5');
  await fileWithOneAttribute(other);
  const file = await openH5(path.join(directory, 'file.h5'), 'w', { durability: 'process' });
  file.createExternalLink('/link', 'other.h5', '/');
  const attributes = new Attributes(file, '/link');
  expect(attributes.get('kept')).toBe(1n);
  const before = await readFile(other);
  for (const change of ['set', 'modify'] as const) {
    expect(() => {
      attributes[change](change === 'set' ? 'text' : 'kept', change === 'set' ? 'x' : 2);
    }).toThrow(UnsupportedByLibraryError);
  }
  expect(() => referenceTo(file, '/link')).toThrow('another file');
  expect([...attributes]).toEqual(['kept']);
  await file.close();
  expect(Buffer.compare(await readFile(other), before)).toBe(0);
});

it('text needs the library bounds that files are opened with by default', async () => {
  const name = path.join(await temporaryDirectory(), 'file.h5');
  const file = await openH5(name, 'w', { durability: 'process', libver: ['earliest', 'latest'] });
  const attributes = new Attributes(file, '/');
  expect(() => {
    attributes.set('text', 'x');
  }).toThrow("['v110', 'v110']");
  attributes.set('number', 1);
  expect([...attributes]).toEqual(['number']);
  await file.close();
});

async function fileWithOneAttribute(name: string): Promise<void> {
  const file = await openH5(name, 'w', { durability: 'process' });
  new Attributes(file, '/').set('kept', 1);
  await file.close();
}
