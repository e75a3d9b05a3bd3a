import path from 'node:path';

import { expect, it } from 'vitest';

import { InvalidOptionError, StorageError } from '#src/errors.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

describeWithH5py('links', () => {
  it('are the ones that h5py finds', async () => {
    const directory = await temporaryDirectory();
    const [file, other] = ['file.h5', 'other.h5'].map((name) => path.join(directory, name));
    await h5py.run(`h5py.File(data, 'w')['there'] = 5`, other);
    const h5 = await openH5(file!, 'w', { durability: 'process' });
    h5.createGroup('/group');
    h5.createHardLink('/hard', '/group');
    h5.createSoftLink('/soft', '/group');
    h5.createSoftLink('/group/nowhere', '/none');
    h5.createExternalLink('/external', 'other.h5', '/there');
    for (const taken of ['/group', '/soft', '/no/group']) {
      expect(() => {
        h5.createSoftLink(taken, '/group');
      }).toThrow(StorageError);
    }
    expect(() => {
      h5.createHardLink('/x', '/none');
    }).toThrow(StorageError);
    await h5.close();
    const found = await h5py.run(
      `
      with h5py.File(data) as f:
          result = [f['hard'] == f['group'], f.get('soft', getlink=True).path,
              f['group'].get('nowhere', getlink=True).path, int(f['external'][()]), list(f)]
      `,
      file,
    );
    expect(found).toEqual([true, '/group', '/none', 5, ['external', 'group', 'hard', 'soft']]);
    const reading = await openH5(file!, 'r');
    expect(() => {
      reading.createSoftLink('/x', '/y');
    }).toThrow(InvalidOptionError);
    await reading.close();
  });
});
