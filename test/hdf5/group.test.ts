/** Groups, names and links, step by step beside h5py. */
import { Dataset, ExternalLink, Group, SoftLink } from 'planefeed';
import type { File } from 'planefeed';

import { describeWithH5py } from '../support/h5py.js';
import { sameInH5py, type Step } from './beside-h5py.js';

const setup = `
  f['x'] = np.arange(6.).reshape(2, 3)
  f['g/y'] = [1]
  f['g/sub/z'] = 1
  f['g/other'] = f['g/sub']
  f['type'] = np.dtype('<f4')
  f['sl'] = h5py.SoftLink('/g')
  f['hl'] = f['g']
  f['dang'] = h5py.SoftLink('/nope')
  f['dang2'] = h5py.SoftLink('dang')
  f['cyc'] = h5py.SoftLink('/cyc')
  f['below x'] = h5py.SoftLink('/x/y')
  f['g/up'] = f['/']
  f['ext'] = h5py.ExternalLink('other.h5', '/there')
  f['ext no file'] = h5py.ExternalLink('none.h5', '/there')
  f['ext no object'] = h5py.ExternalLink('other.h5', '/none')
  with h5py.File('other.h5', 'w') as other:
      other['there/d'] = [5, 6]
      other['there'].attrs['n'] = 3
  t = f.create_group('tracked', track_order=True)
  for name in ['z', 'a', 'ü', 'm', 'b']: t[name] = [1]
  for name in ['z', 'a', 'ü', '日本', '10', '9', 'A', 'a b']: f.create_group('names/' + name)
  e = f.create_group('empty')
`;
const unsupported = { error: 'unsupported-by-library' };
const notFound = { error: 'not-found' };
const taken = { error: 'storage' };

const paths = [
  ...['x', '/x', '//x', 'g', 'g/', 'g/y', '/g//y', './x', 'g/./y', '/', '.', 'g/sub/z', 'type'],
  ...['sl', 'sl/y', 'hl', 'hl/sub', 'g/other/z', 'g/up/x', 'g/up/g/up/x', 'dang', 'dang2', 'cyc'],
  ...[
    'below x',
    'nope',
    'nope/a',
    'x/y',
    'x/y/z',
    'type/q',
    'dang/q',
    'cyc/q',
    '..',
    'g/..',
    'g/nope',
  ],
  ...[
    'ext',
    'ext/d',
    'ext/no',
    'ext no file',
    'ext no file/d',
    'ext no object',
    'tracked/ü',
    'names/日本',
  ],
];

describeWithH5py('what a name leads to', () => {
  // h5py leaves HDF5's own complaint about a link to itself as it is.
  const looped = ['cyc', 'cyc/q'];
  const isRoot = (path: string): boolean => path === '/' || path === '.';
  // h5py gives an object in another file the name that it has there.
  const OUT = '<HDF5 group "/ext" (1 members)>';
  const outside = ['ext', 'ext/d'];
  sameInH5py('is the same in h5py', setup, [
    ...paths.flatMap((path): Step[] => [
      {
        python: `out = f['${path}']`,
        ours: (f) => f.get(path) ?? f.group(path),
        ...(looped.includes(path) ? { differs: notFound } : {}),
        ...(path === 'ext' ? { differs: OUT } : {}),
      },
      {
        python: `out = f.get('${path}')`,
        ours: (f) => f.get(path),
        ...(looped.includes(path) ? { differs: null } : {}),
        ...(path === 'ext' ? { differs: OUT } : {}),
      },
      {
        python: `out = '${path}' in f`,
        ours: (f) => f.has(path),
        ...(path === 'cyc/q' ? { differs: false } : {}),
      },
      {
        python: `out = f.get('${path}', getlink=True)`,
        ours: (f) => f.getLink(path),
        ...(path === 'cyc/q' ? { differs: null } : isRoot(path) ? { differs: '<HardLink>' } : {}),
      },
      {
        python: `out = isinstance(f.get('${path}', None), h5py.Group) if '${path}' not in ('cyc', 'cyc/q') else False`,
        ours: (f) => f.get(path) instanceof Group,
      },
      {
        python: `out = isinstance(f.get('${path}', None), h5py.Dataset) if '${path}' not in ('cyc', 'cyc/q') else False`,
        ours: (f) => f.get(path) instanceof Dataset,
      },
    ]),
    ...paths
      .filter(
        (path) =>
          !['dang', 'cyc', 'nope', '..', 'no', 'x/y', 'type/q', 'below'].some((bad) =>
            path.includes(bad),
          ) && !path.startsWith('ext'),
      )
      .flatMap((path): Step[] => [
        {
          python: `out = f['${path}'].name`,
          ours: (f) => f.get(path)?.name,
          ...(path === '.' ? {} : {}),
        },
        { python: `out = f['${path}'].parent.name`, ours: (f) => f.get(path)?.parent.name },
        { python: `out = f['${path}'].file`, ours: (f) => f.get(path)?.file },
      ]),
    ...['x', 'g', '/', 'hl', 'sl', 'g/up', 'g/y', 'hl/y', 'type', 'g/sub', 'g/other'].flatMap((a) =>
      ['x', 'g', 'hl', 'g/up', 'hl/y', 'g/other', 'type'].map((b): Step => ({
        python: `out = f['${a}'] == f['${b}']`,
        ours: (f) => f.get(a)?.equals(f.get(b)),
      })),
    ),
    { python: "out = f['ext/d'][...]", ours: (f) => f.dataset('ext/d').get() },
    { python: "out = f['ext'].attrs['n']", ours: (f) => f.group('ext').attrs.get('n') },
    { python: "out = f['ext'] == f['g']", ours: (f) => f.group('ext').equals(f.group('g')) },
    { python: "out = f['g'] == 5", ours: (f) => f.group('g').equals(5) },
    { python: 'out = f == f["/"]', ours: (f) => f.equals(f.group('/')) },
    { python: "out = '' in f", ours: (f) => f.has('') },
    { python: "f['']", ours: (f) => f.group(''), differs: { error: 'invalid-option' } },
    { python: 'f[1]', ours: (f) => f.get(1 as unknown as string) },
    { python: '1 in f', ours: (f) => f.has(1 as unknown as string) },
    ...outside.map((path): Step => ({
      python: `out = f['${path}'].name`,
      ours: (f) => f.get(path)?.name,
      differs: `/${path}`,
    })),
  ]);
});

describeWithH5py('members of a group', () => {
  const groups = ['/', 'g', 'sl', 'hl', 'tracked', 'names', 'empty', 'ext', 'g/up/g'];
  const reachable = groups.filter((group) => group !== '/' && group !== 'g/up/g');
  sameInH5py('are listed and visited in the same order', setup, [
    ...groups.flatMap((group): Step[] => [
      { python: `out = list(f['${group}'])`, ours: (f) => [...f.group(group)] },
      { python: `out = list(f['${group}'].keys())`, ours: (f) => [...f.group(group).keys()] },
      { python: `out = len(f['${group}'])`, ours: (f) => f.group(group).size },
    ]),
    ...reachable.flatMap((group): Step[] => [
      { python: `out = list(f['${group}'].values())`, ours: (f) => f.group(group).values() },
      { python: `out = list(f['${group}'].items())`, ours: (f) => f.group(group).entries() },
    ]),
    ...['/', 'g', 'sl', 'tracked', 'names', 'empty', 'g/sub'].flatMap((group): Step[] => [
      { python: `out = []; f['${group}'].visit(out.append)`, ours: (f) => visited(f.group(group)) },
      {
        python: `out = []; f['${group}'].visititems(lambda n, o: out.append([n, o]))`,
        ours: (f) => {
          const seen: unknown[] = [];
          f.group(group).visititems((name, object) => {
            seen.push([name, object]);
          });
          return seen;
        },
      },
    ]),
    {
      python: "out = f.visit(lambda n: n if 'sub' in n else None)",
      ours: (f) => f.visit((name) => (name.includes('sub') ? name : undefined)),
    },
    {
      python: 'out = f.visititems(lambda n, o: o if isinstance(o, h5py.Dataset) else None)',
      ours: (f) => f.visititems((_, object) => (object instanceof Dataset ? object : undefined)),
    },
    { python: 'out = f.visit(lambda n: False)', ours: (f) => f.visit(() => false as const) },
    {
      python: "f['x'].keys()",
      ours: (f) => f.group('x').keys(),
      differs: { error: 'invalid-option' },
    },
  ]);
});

function visited(group: Group): string[] {
  const names: string[] = [];
  group.visit((name) => {
    names.push(name);
  });
  return names;
}

describeWithH5py('making and removing', () => {
  const set = (name: string, value: Parameters<Group['set']>[1]) => (f: File) => {
    f.set(name, value);
  };
  sameInH5py('groups, links and names', setup, [
    { python: "out = f.create_group('n1/n2/n3')", ours: (f) => f.createGroup('n1/n2/n3') },
    {
      python: "out = f['n1'].create_group('/abs')",
      ours: (f) => f.group('n1').createGroup('/abs'),
    },
    {
      python: "out = f['n1'].create_group('rel/')",
      ours: (f) => f.group('n1').createGroup('rel/'),
    },
    { python: "out = f.require_group('n1/n2')", ours: (f) => f.requireGroup('n1/n2') },
    { python: "out = f.require_group('n1/new')", ours: (f) => f.requireGroup('n1/new') },
    { python: "out = f.require_group('sl')", ours: (f) => f.requireGroup('sl') },
    { python: "out = f.require_group('/')", ours: (f) => f.requireGroup('/') },
    { python: "f.require_group('x')", ours: (f) => f.requireGroup('x') },
    {
      python: "f.require_group('x/y')",
      ours: (f) => f.requireGroup('x/y'),
    },
    {
      python: "out = f.create_group('sl/made'); out = list(f['g'])",
      ours: (f) => {
        f.createGroup('sl/made');
        return [...f.group('g')];
      },
    },
    ...['x', 'g', 'dang', 'cyc', 'ext', '/', 'type'].map((name): Step => ({
      python: `f.create_group('${name}')`,
      ours: (f) => f.createGroup(name),
      ...(name === 'cyc' ? {} : { differs: taken }),
    })),
    { python: "f.create_group('x/y')", ours: (f) => f.createGroup('x/y') },
    { python: "f.create_group('dang/y')", ours: (f) => f.createGroup('dang/y'), differs: notFound },
    { python: "f.create_group('')", ours: (f) => f.createGroup('') },
    { python: "f['x'] = 1", ours: set('x', 1) },
    { python: "f['x'] = h5py.SoftLink('/q')", ours: set('x', new SoftLink('/q')) },
    {
      python: "f['x'] = h5py.ExternalLink('q', '/q')",
      ours: set('x', new ExternalLink('q', '/q')),
    },
    {
      python: "f['x'] = f['g']",
      ours: (f) => {
        f.set('x', f.group('g'));
      },
    },
    { python: "f['x/y'] = 1", ours: set('x/y', 1), differs: { error: 'invalid-option' } },
    { python: "f['dang/y'] = 1", ours: set('dang/y', 1), differs: notFound },
    {
      python: "f['made/by/link'] = h5py.SoftLink('../x'); out = list(f['made/by'])",
      ours: (f) => {
        f.set('made/by/link', new SoftLink('../x'));
        return [...f.group('made/by')];
      },
    },
    {
      python: "f['made/hard'] = f['x']; out = f['made/hard'] == f['x']",
      ours: (f) => {
        f.set('made/hard', f.dataset('x'));
        return f.dataset('made/hard').equals(f.dataset('x'));
      },
    },
    {
      python: "f['made/group'] = f['g']; out = f['made/group/y']",
      ours: (f) => {
        f.set('made/group', f.group('g'));
        return f.get('made/group/y');
      },
    },
    {
      python: "f['made/type'] = f['type']; out = f['made/type']",
      ours: (f) => {
        f.set('made/type', f.get('type')!);
        return f.get('made/type');
      },
    },
    {
      python: "f['made/ext'] = h5py.ExternalLink('other.h5', 'there'); out = f['made/ext/d'][...]",
      ours: (f) => {
        f.set('made/ext', new ExternalLink('other.h5', 'there'));
        return f.dataset('made/ext/d').get();
      },
    },
    {
      python: "f['made/out'] = f['ext/d']",
      ours: (f) => {
        f.set('made/out', f.dataset('ext/d'));
      },
      differs: unsupported,
    },
    { python: "# f['ext/new'] = 1", ours: set('ext/new', 1), differs: unsupported },
    {
      python: "# f['ext/d'][0] = 1",
      ours: (f) => {
        f.dataset('ext/d').set(0, 1);
      },
      differs: unsupported,
    },
    {
      python: "# f['ext'].attrs['n'] = 4",
      ours: (f) => {
        f.group('ext').attrs.set('n', 4);
      },
      differs: unsupported,
    },
    {
      python: "# del f['ext/d']",
      ours: (f) => {
        f.delete('ext/d');
      },
      differs: unsupported,
    },
    {
      python: "del f['made/hard']; out = list(f['made'])",
      ours: (f) => {
        f.delete('made/hard');
        return [...f.group('made')];
      },
    },
    {
      python: "del f['made/ext']; out = list(f['made'])",
      ours: (f) => {
        f.delete('made/ext');
        return [...f.group('made')];
      },
    },
    {
      python: "del f['made/by/link']; out = list(f['made/by'])",
      ours: (f) => {
        f.delete('made/by/link');
        return [...f.group('made/by')];
      },
    },
    {
      python: "del f['sl/made']; out = list(f['g'])",
      ours: (f) => {
        f.delete('sl/made');
        return [...f.group('g')];
      },
    },
    {
      python: "del f['dang2']; out = 'dang2' in f",
      ours: (f) => {
        f.delete('dang2');
        return f.has('dang2');
      },
    },
    {
      python: "del f['nope']",
      ours: (f) => {
        f.delete('nope');
      },
    },
    {
      python: "del f['nope/q']",
      ours: (f) => {
        f.delete('nope/q');
      },
    },
    {
      python: "del f['x/q']",
      ours: (f) => {
        f.delete('x/q');
      },
    },
    {
      python: "del f['/']",
      ours: (f) => {
        f.delete('/');
      },
      differs: { error: 'invalid-option' },
    },
    {
      python: "f.move('x', 'made/there/x'); out = [f['made/there/x'], 'x' in f]",
      ours: (f) => {
        f.move('x', 'made/there/x');
        return [f.get('made/there/x'), f.has('x')];
      },
    },
    {
      python: "f.move('sl', 'soft'); out = f['soft/y']",
      ours: (f) => {
        f.move('sl', 'soft');
        return f.get('soft/y');
      },
    },
    {
      python: "f.move('ext', 'e'); out = f['e/d']",
      ours: (f) => {
        f.move('ext', 'e');
        return f.get('e/d');
      },
    },
    {
      python: "f.move('dang', 'd'); out = f.get('d', getlink=True)",
      ours: (f) => {
        f.move('dang', 'd');
        return f.getLink('d');
      },
    },
    {
      python: "f['made'].move('by', '/by'); out = list(f['by'])",
      ours: (f) => {
        f.group('made').move('by', '/by');
        return [...f.group('by')];
      },
    },
    {
      python: "f.move('nope', 'q')",
      ours: (f) => {
        f.move('nope', 'q');
      },
      differs: notFound,
    },
    {
      python: "f.move('g', 'tracked')",
      ours: (f) => {
        f.move('g', 'tracked');
      },
      differs: taken,
    },
    {
      python: "f.move('g', 'g'); out = 'g' in f",
      ours: (f) => {
        f.move('g', 'g');
        return f.has('g');
      },
    },
    { python: 'out = []; f.visit(out.append)', ours: visited },
    { python: 'out = list(f)', ours: (f) => [...f] },
    {
      python: "d = f['g/y']; del f['g/y']; f['g/y'] = np.zeros((2, 2), 'i2'); out = f['g/y'][...]",
      ours: (f) => {
        f.dataset('g/y').get();
        f.delete('g/y');
        f.createDataset('g/y', { shape: [2, 2], dtype: 'i2' });
        return f.dataset('g/y').get();
      },
    },
    {
      python: "f.move('made/there/x', 'g/moved'); out = f['g/moved'][0]",
      ours: (f) => {
        f.move('made/there/x', 'g/moved');
        return f.dataset('g/moved').get(0);
      },
    },
    {
      python: "f.create_dataset('made/there/x', data=[1, 2]); out = f['made/there/x'][...]",
      ours: (f) => f.createDataset('made/there/x', { data: [1, 2] }).get(),
    },
    {
      python:
        "f.create_dataset('grow', (2,), maxshape=(None,), dtype='i4'); f['alias'] = f['grow']; out = f['alias'][...]",
      ours: (f) => {
        f.createDataset('grow', { shape: 2, maxshape: [null], dtype: 'i4' });
        f.set('alias', f.dataset('grow'));
        return f.dataset('alias').get();
      },
    },
    {
      python: "f['grow'].resize((4,)); f['grow'][3] = 7; out = f['alias'][...]",
      ours: (f) => {
        f.dataset('grow').resize([4]);
        f.dataset('grow').set(3, 7);
        return f.dataset('alias').get();
      },
    },
    {
      python: "del f['grow']; out = f['alias'][...]",
      ours: (f) => {
        f.delete('grow');
        return f.dataset('alias').get();
      },
    },
    {
      python: "f['s1'] = h5py.SoftLink('/late'); out = f.get('s1')",
      ours: (f) => {
        f.set('s1', new SoftLink('/late'));
        return f.get('s1');
      },
    },
    {
      python: "f['late'] = [1.5]; out = f['s1'][...]",
      ours: (f) => {
        f.createDataset('late', { data: [1.5] });
        return f.dataset('s1').get();
      },
    },
    {
      python: "del f['late']; f['late'] = np.array([1, 2], 'u1'); out = f['s1'][...]",
      ours: (f) => {
        f.delete('late');
        f.set('late', Uint8Array.of(1, 2));
        return f.dataset('s1').get();
      },
    },
  ]);
});
