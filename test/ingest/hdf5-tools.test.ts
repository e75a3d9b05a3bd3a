import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { describeWithHdf5Tools, h5dump, h5ls } from '../support/hdf5-tools.js';
import { pixelOf, writeImageFile } from '../support/image-files.js';
import { temporaryDirectory } from '../support/temp.js';

describeWithHdf5Tools('the tools of HDF5 1.10', () => {
  it.each(['image', 'channel'] as const)('read a file with placement %s', async (placement) => {
    const directory = await temporaryDirectory();
    const file = await writeImageFile(path.join(directory, 'images.h5'), {
      count: 300,
      placement,
      run: 64,
    });

    const listing = await h5ls('-v', file);
    expect(listing).toMatch(/\/?images\s+Dataset \{300\/Inf, 8\/8, 6\/6, 3\/3\}/);
    expect(listing).toMatch(/Chunks:\s+\{1, 8, 6, 1\} 48 bytes/);
    expect(listing).toMatch(/ids\s+Dataset \{300\/Inf\}/);

    const header = await h5dump('-H', '-B', file);
    expect(header).toContain('SUPERBLOCK_VERSION 3');
    expect(header).toContain('ATTRIBUTE "names"');

    const binary = path.join(directory, 'images.bin');
    await h5dump('-d', '/images', '-b', 'NATIVE', '-o', binary, file);
    const expected = Uint8Array.from({ length: 300 * 48 * 3 }, (_, i) =>
      pixelOf(Math.floor(i / 144), Math.floor((i % 144) / 3), i % 3),
    );
    expect(Buffer.compare(await readFile(binary), expected)).toBe(0);
  });
});
