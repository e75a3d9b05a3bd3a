import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NotFoundError, UnsupportedByLibraryError } from '#src/errors.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

describeWithH5py('what h5py put into a file', () => {
  it('is found by name and by link, also where links lead nowhere', async () => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'file.h5');
    await h5py.run(
      `
      with h5py.File(data + '/other.h5', 'w') as f: f['there/x'] = 5
      with h5py.File(data + '/file.h5', 'w') as f:
          f['x'] = 1
          f['type'] = np.dtype('f4')
          f.create_group('group/in')
          f['group/x'] = f['x']
          for name, target in data_links.items(): f[name] = h5py.SoftLink(target)
          f['group/relative'] = h5py.SoftLink('in')
          f['external'] = h5py.ExternalLink('other.h5', '/there')
          f['ü external'] = h5py.ExternalLink('ü.h5', '/日本')
          f['no object'] = h5py.ExternalLink('other.h5', '/none')
          f['soft external'] = h5py.SoftLink('/external/x')
      `.replace(
        'data_links',
        JSON.stringify({ soft: '/group', loop: '/loop', nowhere: '/none/x', 'below x': '/x/y' }),
      ),
      directory,
    );
    const h5 = await openH5(file, 'r');
    const hard = { kind: 'hard' };
    const expected: [string, unknown, unknown][] = [
      ['/', 'group', hard],
      ['/x', 'dataset', hard],
      ['/type', 'datatype', hard],
      ['/group/x', 'dataset', hard],
      ['/soft', 'group', { kind: 'soft', target: '/group' }],
      ['/soft/in', 'group', hard],
      ['/soft/relative', 'group', { kind: 'soft', target: 'in' }],
      ['/loop', 'soft link', { kind: 'soft', target: '/loop' }],
      ['/nowhere', 'soft link', { kind: 'soft', target: '/none/x' }],
      ['/below x', 'soft link', { kind: 'soft', target: '/x/y' }],
      ['/external', 'group', { kind: 'external', file: 'other.h5', target: '/there' }],
      ['/external/x', 'dataset', hard],
      ['/ü external', 'external link', { kind: 'external', file: 'ü.h5', target: '/日本' }],
      ['/no object', 'external link', { kind: 'external', file: 'other.h5', target: '/none' }],
      ['/none', undefined, undefined],
      ['/none/x', undefined, undefined],
      ['/x/y', undefined, undefined],
      ['/x/y/z', undefined, undefined],
      ['/type/x', undefined, undefined],
      ['/loop/x', undefined, undefined],
      ['/nowhere/x', undefined, undefined],
      ['/ü external/x', undefined, undefined],
    ];
    for (const [name, kind, link] of expected) {
      expect([h5.kindOf(name), h5.linkOf(name)], name).toEqual([kind, link]);
    }
    for (const name of ['/x/y', '/loop', '/nowhere/x', '/group']) {
      expect(() => h5.dataset(name), name).toThrow(NotFoundError);
    }

    const address = (name: string): bigint => h5.objectAddress(name);
    expect(address('/group/x')).toBe(address('/x'));
    expect(address('/soft/x')).toBe(address('/x'));
    expect(address('/soft')).toBe(address('/group'));
    const all = ['/', '/x', '/type', '/group', '/group/in'].map(address);
    expect(new Set(all).size).toBe(all.length);
    for (const name of ['/external', '/external/x', '/soft external']) {
      expect(() => address(name), name).toThrow(UnsupportedByLibraryError);
    }
    for (const name of ['/none', '/loop', '/x/y', '/ü external']) {
      expect(() => address(name), name).toThrow(NotFoundError);
    }
    await h5.close();
  });

  it('has the order in which h5py lists it', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const listed = await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          for track, group in [(False, 'a'), (True, 'b')]:
              made = f.create_group(group, track_order=track)
              for name in ['ü', 'z', '日本', '10', '9', 'A', 'a', 'a b']: made[name] = 1
          result = [list(f), list(f['a']), list(f['b'])]
      `,
      file,
    );
    const h5 = await openH5(file, 'r');
    expect([h5.names('/'), h5.names('/a'), h5.names('/b')]).toEqual(listed);
    expect(() => h5.names('/a/z')).toThrow(NotFoundError);
    expect(() => h5.names('/none')).toThrow(NotFoundError);
    await h5.close();
  });
});

describe('the names in a group', () => {
  it('are those that were made, as they were made', async () => {
    const h5 = await openH5(path.join(await temporaryDirectory(), 'file.h5'), 'w', {
      durability: 'process',
    });
    // '.' is the group itself.
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/[/\0]/.test(text) && text !== '.');
    let group = 0;
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 30 }), (names) => {
        const parent = `/${String(group++)}`;
        h5.createGroup(parent);
        expect(h5.names(parent)).toEqual([]);
        for (const each of names) h5.createGroup(`${parent}/${each}`);
        expect(h5.names(parent)).toEqual(
          [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      }),
      { numRuns: 40 },
    );
    // More than a group keeps in its own object header.
    h5.createGroup('/many');
    for (let i = 0; i < 3000; i++) h5.createSoftLink(`/many/${i}`, '/none');
    expect(new Set(h5.names('/many')).size).toBe(3000);
    await h5.close();
  });
});
