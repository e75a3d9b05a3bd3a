import fs from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import {
  InvalidOptionError,
  NotFoundError,
  StorageError,
  UnsupportedByLibraryError,
} from '#src/errors.js';
import { moveLink, removeLink } from '#src/hdf5/links/index.js';
import { openH5, type H5File } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../../support/h5py.js';
import { temporaryDirectory } from '../../support/temp.js';

async function writtenByH5py(libver: string): Promise<{ file: string; h5: H5File }> {
  const directory = await temporaryDirectory();
  const file = path.join(directory, 'file.h5');
  await h5py.run(
    `
    with h5py.File(data['other'], 'w') as f:
        f.create_group('group')['x'] = 1
    with h5py.File(data['file'], 'w', libver=(data['libver'], 'latest')) as f:
        inner = f.create_group('outer/inner')
        inner['x'] = np.int32([7])
        f['alias'] = inner['x']
        f['to inner'] = h5py.SoftLink('/outer/inner')
        f['outer/relative'] = h5py.SoftLink('inner')
        f['circle'] = h5py.SoftLink('/circle')
        f['nowhere'] = h5py.SoftLink('/none')
        f['elsewhere'] = h5py.ExternalLink('other.h5', '/group')
    `,
    { file, other: path.join(directory, 'other.h5'), libver },
  );
  return { file, h5: await openH5(file, 'r+', { durability: 'process' }) };
}

function failure(work: () => void): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  return expect.fail('expected an error');
}

describeWithH5py('links that can be removed or moved, and those that can not', () => {
  for (const libver of ['earliest', 'v110']) {
    it(`changes nothing when it refuses (${libver})`, async () => {
      const { file, h5 } = await writtenByH5py(libver);
      await h5.commit();
      const before = fs.readFileSync(file);
      const refused: [work: () => void, error: typeof NotFoundError, message: RegExp][] = [
        [
          () => {
            removeLink(h5, '/');
          },
          InvalidOptionError,
          /root/,
        ],
        [
          () => {
            removeLink(h5, '/./');
          },
          InvalidOptionError,
          /root/,
        ],
        [
          () => {
            removeLink(h5, '/outer/inner/y');
          },
          NotFoundError,
          /\/outer\/inner, has: x/,
        ],
        [
          () => {
            removeLink(h5, '/outer/none/y');
          },
          NotFoundError,
          /\/outer, has: inner/,
        ],
        [
          () => {
            removeLink(h5, '/alias/y');
          },
          NotFoundError,
          /alias is a dataset/,
        ],
        [
          () => {
            removeLink(h5, '/circle/y');
          },
          NotFoundError,
          /circle/,
        ],
        [
          () => {
            removeLink(h5, '/elsewhere/x');
          },
          UnsupportedByLibraryError,
          /elsewhere/,
        ],
        [
          () => {
            moveLink(h5, '/none', '/x');
          },
          NotFoundError,
          /has: alias/,
        ],
        [
          () => {
            moveLink(h5, '/', '/x');
          },
          InvalidOptionError,
          /root/,
        ],
        [
          () => {
            moveLink(h5, '/alias', '/');
          },
          InvalidOptionError,
          /root/,
        ],
        [
          () => {
            moveLink(h5, '/alias', '/outer/inner/x');
          },
          StorageError,
          /outer\/inner\/x/,
        ],
        [
          () => {
            moveLink(h5, '/outer', '/outer/inner/y');
          },
          InvalidOptionError,
          /inside/,
        ],
        [
          () => {
            moveLink(h5, '/outer', '/to inner/y');
          },
          InvalidOptionError,
          /inside/,
        ],
        [
          () => {
            moveLink(h5, '/alias', '/elsewhere/y');
          },
          UnsupportedByLibraryError,
          /elsewhere/,
        ],
        [
          () => {
            moveLink(h5, '/nowhere', '/alias/below/x');
          },
          StorageError,
          /./,
        ],
      ];
      for (const [work, error, message] of refused) {
        const thrown = failure(work);
        expect(thrown).toBeInstanceOf(error);
        expect(thrown.message).toMatch(message);
        await h5.commit();
        expect(fs.readFileSync(file).equals(before)).toBe(true);
      }
      await h5.close();
    });

    it(`follows soft links before the name, not the one that it names (${libver})`, async () => {
      const { file, h5 } = await writtenByH5py(libver);
      moveLink(h5, '/to inner/x', '/outer/relative/y');
      moveLink(h5, '/outer/relative/y', '/new/group/z');
      moveLink(h5, '/nowhere', '/new/nowhere');
      moveLink(h5, '/outer/relative', '/new/relative');
      removeLink(h5, '/circle');
      moveLink(h5, '/elsewhere', '/new/elsewhere');
      removeLink(h5, '/to inner');
      expect(h5.readSlice('/new/group/z', [0], [1])).toEqual(Int32Array.of(7));
      await h5.close();
      const found = await h5py.run(
        `
        with h5py.File(data) as f:
            names = []
            f.visit(names.append)
            result = [sorted(f), sorted(f['new']), list(f['outer']), list(f['outer/inner']),
                f['new/group/z'] == f['alias'], h5py.h5o.get_info(f['alias'].id).rc,
                f['new'].get('nowhere', getlink=True).path,
                f['new'].get('relative', getlink=True).path, int(f['new/elsewhere/x'][()])]
        `,
        file,
      );
      expect(found).toEqual([
        ['alias', 'new', 'outer'],
        ['elsewhere', 'group', 'nowhere', 'relative'],
        ['inner'],
        [],
        true,
        2,
        '/none',
        'inner',
        1,
      ]);
    });

    it(`counts an object's links, and forgets what it knew of a path (${libver})`, async () => {
      const { file, h5 } = await writtenByH5py(libver);
      for (let i = 0; i < 5; i++) h5.createHardLink(`/more ${i}`, '/alias');
      expect(h5.dataset('/alias').shape).toEqual([1]);
      for (let i = 0; i < 5; i++) moveLink(h5, `/more ${i}`, `/still more ${i}`);
      for (let i = 0; i < 4; i++) removeLink(h5, `/still more ${i}`);
      removeLink(h5, '/alias');
      moveLink(h5, '/still more 4', '/outer/last');
      h5.createEmpty('/alias', {
        type: { class: 'float', size: 8 },
        shape: [2, 3],
      });
      expect(h5.dataset('/alias').shape).toEqual([2, 3]);
      await h5.close();
      const links = await h5py.run(
        `
        with h5py.File(data, 'r+') as f:
            count = lambda: h5py.h5o.get_info(f['outer/inner/x'].id).rc
            result = [count()]
            del f['outer/last']
            result.append(count())
            f['again'] = f['outer/inner/x']
            result.append(count())
        `,
        file,
      );
      expect(links).toEqual([2, 1, 2]);
    });
  }

  it('refuses when the file is open for reading', async () => {
    const { file, h5 } = await writtenByH5py('v110');
    await h5.close();
    const reading = await openH5(file, 'r');
    expect(() => {
      removeLink(reading, '/alias');
    }).toThrow(InvalidOptionError);
    expect(() => {
      moveLink(reading, '/alias', '/x');
    }).toThrow(InvalidOptionError);
    await reading.close();
  });
});
