/** Header messages that h5py doesn't write of itself, in files that it wrote. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { Cursor } from '#src/chunking/format/cursor.js';
import { parseDatatype } from '#src/chunking/format/datatype.js';
import { openHdf5File } from '#src/chunking/format/hdf5-file.js';
import { MessageType } from '#src/chunking/format/object-header.js';
import { messageBody } from '#src/chunking/format/shared-message.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { UnsupportedLayoutError } from '#src/errors.js';
import { openFileSource } from '#src/storage/file-source.js';
import { describeWithH5py, h5py } from '../../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../../support/temp.js';

describeWithH5py('messages that are old or rare', () => {
  let temp: SharedDirectory;
  beforeAll(async () => {
    temp = await sharedDirectory();
  });
  afterAll(() => temp.remove());

  it('follows a shared message of version 1, which points with a symbol table entry', async () => {
    const path = join(temp.path, 'committed.h5');
    const address = (await h5py.run(
      `
        with h5py.File(data, 'w', libver='earliest', userblock_size=512) as f:
            f['type'] = np.dtype('>u2')
            result = h5py.h5o.get_info(f['type'].id).addr
      `,
      path,
    )) as number;
    const source = await openFileSource(path);
    const file = await openHdf5File(source);
    const bytes = new Uint8Array(40);
    bytes[0] = 1;
    const view = new DataView(bytes.buffer);
    view.setBigUint64(8, 999n, true); // the name's offset in a heap
    view.setBigUint64(16, BigInt(address), true);
    const message = {
      type: MessageType.datatype,
      shared: true,
      body: (structure: string) => new Cursor(bytes, 0, file, { structure }),
    };
    const body = await messageBody(file, message, 'datatype message');
    expect(parseDatatype(body)).toEqual({ kind: 'u', size: 2, littleEndian: false });
    await source.close();
  });

  it('refuses a file whose metadata lies in a cache image', async () => {
    const path = join(temp.path, 'image.h5');
    await h5py.run(
      `
        import ctypes, re
        libhdf5 = ctypes.CDLL(re.search(r'\\S*/libhdf5-\\S*', open('/proc/self/maps').read())[0])
        class Config(ctypes.Structure):
            _fields_ = [('version', ctypes.c_int), ('generate', ctypes.c_bool), ('resize', ctypes.c_bool), ('ageout', ctypes.c_int)]
        fapl = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
        fapl.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
        config = Config(1, True, False, -1)
        if libhdf5.H5Pset_mdc_image_config(ctypes.c_int64(fapl.id), ctypes.byref(config)) < 0: raise OSError('H5Pset_mdc_image_config')
        with h5py.File(h5py.h5f.create(data.encode(), h5py.h5f.ACC_TRUNC, None, fapl)) as f:
            f['x'] = np.arange(5)
      `,
      path,
    );
    await expectRefused(path, 'metadata in a cache image');
  });

  it('refuses an object with a message that must be known and is not', async () => {
    const path = join(temp.path, 'unknown.h5');
    const address = (await h5py.run(
      `
        with h5py.File(data, 'w', libver='earliest') as f:
            f.create_dataset('x', data=np.arange(5), track_times=True)
            result = h5py.h5o.get_info(f['x'].id).addr
      `,
      path,
    )) as number;
    const bytes = await readFile(path);
    // The modification time message becomes another.
    let at = address + 16;
    while (bytes.readUInt16LE(at) !== 0x12) at += 8 + bytes.readUInt16LE(at + 2);
    for (const type of [0x09, 0x19, 0xffff]) {
      bytes.writeUInt16LE(type, at);
      bytes[at + 4] = 0x80;
      await writeFile(path, bytes);
      await expectRefused(path, `header messages of type ${type}`);
      bytes[at + 4] = 0;
      await writeFile(path, bytes);
      const source = await openFileSource(path);
      expect((await openDataset(source, 'x')).shape).toEqual([5]);
      await source.close();
    }
  });
});

async function expectRefused(path: string, feature: string): Promise<void> {
  const source = await openFileSource(path);
  const error: unknown = await openDataset(source, 'x').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnsupportedLayoutError);
  expect(error).toMatchObject({ feature, place: { file: path } });
  await source.close();
}
