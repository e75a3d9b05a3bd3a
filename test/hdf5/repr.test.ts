import {
  attributesRepr,
  datasetRepr,
  externalLinkRepr,
  fileRepr,
  groupRepr,
  shapeText,
  softLinkRepr,
} from '#src/hdf5/repr.js';
import { expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';

test('shapes print as tuples', () => {
  expect([[], [3], [3, 2], [null, 2]].map(shapeText)).toEqual([
    '()',
    '(3,)',
    '(3, 2)',
    '(None, 2)',
  ]);
});

describeWithH5py('reprs beside h5py', () => {
  test('letter for letter', async () => {
    const theirs = await h5py.run(`
      f = h5py.File('some/dir/x y.h5', 'w', driver='core', backing_store=False)
      f['a/b/d'] = np.zeros((3, 2))
      f['one'] = np.zeros(3, '>i2')
      f['scalar'] = True
      f['empty'] = h5py.Empty('f4')
      f['soft'] = h5py.SoftLink('/a/b')
      f['ext'] = h5py.ExternalLink('other.h5', '/x')
      anonymous = f.create_dataset(None, data=np.zeros(1, 'u1'))
      objects = [f, f['/'], f['a/b'], f['a/b/d'], f['one'], f['scalar'], f['empty'], anonymous]
      attributes = f.attrs
      links = [f.get('soft', getlink=True), f.get('ext', getlink=True)]
      result = [repr(o) for o in objects] + [repr(l) for l in links]
      identity = id(attributes._id)
      result += [repr(attributes).replace(str(identity), '7')]
      group, dataset = f['a'], f['one']
      f.close()
      result += [repr(o) for o in (f, group, dataset, attributes)]
    `);
    expect([
      fileRepr('some/dir/x y.h5', 'r+'),
      groupRepr('/', 6),
      groupRepr('/a/b', 1),
      datasetRepr({ path: '/a/b/d', shape: [3, 2], dtype: '<f8' }),
      datasetRepr({ path: '/one', shape: [3], dtype: '>i2' }),
      datasetRepr({ path: '/scalar', shape: [], dtype: '|b1' }),
      datasetRepr({ path: '/empty', shape: null, dtype: '<f4' }),
      datasetRepr({ path: null, shape: [1], dtype: '|u1' }),
      softLinkRepr('/a/b'),
      externalLinkRepr('/x', 'other.h5'),
      attributesRepr(7),
      fileRepr('some/dir/x y.h5', null),
      groupRepr('/a', null),
      datasetRepr(null),
      attributesRepr(null),
    ]).toEqual(theirs);
  });
});
