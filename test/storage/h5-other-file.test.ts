import fs from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { NotFoundError, UnsupportedByLibraryError } from '#src/errors.js';
import type { H5File } from '#src/storage/h5.js';
import { openH5 } from '#src/storage/h5.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

let temp: SharedDirectory;
let h5: H5File;
const nameOf = (file: string): string => path.join(temp.path, file);

beforeAll(async () => {
  temp = await sharedDirectory();
});
afterAll(() => temp.remove());

beforeEach(async () => {
  const other = await openH5(nameOf('other.h5'), 'w');
  other.createGroup('/there');
  other.createDataset('/there/x', column);
  other.writeSlice('/there/x', [0], [3], Int32Array.of(1, 2, 3));
  other.writeAttribute('/there', 'unit', 'm');
  other.writeAttribute('/there', 'number', 5);
  await other.close();
  h5 = await openH5(nameOf('file.h5'), 'w');
  h5.createDataset('/own', column);
  h5.createExternalLink('/out', 'other.h5', '/there');
  h5.createSoftLink('/soft', '/out/x');
  return () => h5.close();
});

const column = { dtype: 'int32', shape: [3], maxShape: [null], chunkShape: [2] } as const;

describe('an object in another file, by an external link', () => {
  it('is read, as it is now', async () => {
    expect(h5.kindOf('/out/x')).toBe('dataset');
    expect(h5.readSlice('/out/x', [0], [3])).toEqual(Int32Array.of(1, 2, 3));
    expect(h5.readAttribute('/out', 'number')).toBe(5);
    expect(h5.names('/out')).toEqual(['x']);
    const other = await openH5(nameOf('other.h5'), 'r+');
    other.resize('/there/x', [5]);
    await other.close();
    expect(h5.dataset('/soft').shape).toEqual([5]);
  });

  const column1 = { shape: [], elements: Uint8Array.of(1) };
  const type = { class: 'integer', size: 1, signed: false } as const;
  it.each<[string, () => void]>([
    [
      'writing',
      () => {
        h5.writeSlice('/out/x', [0], [3], Int32Array.of(7, 8, 9));
      },
    ],
    [
      'writing, by a soft link',
      () => {
        h5.writeSlice('/soft', [0], [1], Int32Array.of(7));
      },
    ],
    [
      'writing bytes',
      () => {
        h5.writeElements('/soft', { start: [0], count: [1] }, new Uint8Array(4));
      },
    ],
    [
      'resizing',
      () => {
        h5.resize('/out/x', [1]);
      },
    ],
    [
      'labels',
      () => {
        h5.setDimensionLabels('/out/x', ['n']);
      },
    ],
    [
      'a scale',
      () => {
        h5.makeScale('/out/x', '');
      },
    ],
    [
      'attaching a scale',
      () => {
        h5.attachScale('/own', 0, '/out/x');
      },
    ],
    [
      'a group',
      () => {
        h5.createGroup('/out/new');
      },
    ],
    [
      'a dataset',
      () => {
        h5.createDataset('/out/new', column);
      },
    ],
    [
      'an empty dataset',
      () => {
        h5.createEmpty('/out/new', { type, shape: [] });
      },
    ],
    [
      'a patched dataset',
      () => {
        h5.createPatched('/out/new', { type, shape: [] }, () => undefined);
      },
    ],
    [
      'a soft link',
      () => {
        h5.createSoftLink('/out/new', '/there/x');
      },
    ],
    [
      'a hard link',
      () => {
        h5.createHardLink('/out/new', '/own');
      },
    ],
    [
      'an external link',
      () => {
        h5.createExternalLink('/out/new', 'file.h5', '/own');
      },
    ],
    [
      'an attribute',
      () => {
        h5.writeAttribute('/out', 'a', 1);
      },
    ],
    [
      'an attribute of elements',
      () => {
        h5.createAttribute('/out', 'a', { type, ...column1 });
      },
    ],
    [
      'deleting an attribute',
      () => {
        h5.deleteAttribute('/out', 'unit');
      },
    ],
    ['an attribute of text', () => h5.readAttribute('/out', 'unit')],
    ['its elements', () => h5.readAttributeElements('/out', 'unit', (elements) => elements)],
    ['a reference', () => h5.objectReference('/out/x')],
  ])('is not changed, or read wrong: %s', async (_what, change) => {
    // Also when its metadata is known.
    h5.dataset('/out/x');
    const before = fs.readFileSync(nameOf('other.h5'));
    expect(change).toThrow(UnsupportedByLibraryError);
    if (_what !== 'a reference') expect(change).toThrow('other.h5');
    await h5.close();
    expect(fs.readFileSync(nameOf('other.h5')).equals(before)).toBe(true);
  });

  it('does not keep its link from being changed', () => {
    h5.createSoftLink('/second', '/out');
    expect(h5.kindOf('/second/x')).toBe('dataset');
    h5.createGroup('/group');
    expect(h5.names('/')).toEqual(['group', 'out', 'own', 'second', 'soft']);
  });
});

it('what is below a dataset is not there', () => {
  const calls: (() => unknown)[] = [
    () => h5.objectReference('/own/x'),
    () => h5.attributeNames('/own/x'),
    () => h5.scaleName('/own/x'),
    () => h5.objectAddress('/own/x'),
    () => h5.dataset('/own/x'),
    () => h5.attributeNames('/none/x'),
    () => {
      h5.makeScale('/own/x', '');
    },
  ];
  for (const call of calls) expect(call, String(call)).toThrow(NotFoundError);
});
