import fs from 'node:fs';
import path from 'node:path';

import {
  createIngester,
  describeFile,
  File,
  NotFoundError,
  repack,
  verifyFile,
  type FileVerification,
  type IngesterOptions,
  type PixelDtype,
} from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatInfo } from '#src/cli/format-info.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { openFileSource } from '#src/storage/file-source.js';
import { openH5 } from '#src/storage/h5.js';
import { planefeed, stackTrace } from '../support/cli.js';
import { sharedDirectory, temporaryDirectory, type SharedDirectory } from '../support/temp.js';

const [COUNT, HEIGHT, WIDTH] = [12, 4, 5];
const arrays = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

async function write(
  file: string,
  options: IngesterOptions = {},
  dtype: PixelDtype = 'uint8',
): Promise<string> {
  const size = { height: HEIGHT, width: WIDTH, dtype, durability: 'process' } as const;
  await using ingester = await createIngester(file, { ...size, ...options });
  const elements = HEIGHT * WIDTH * 3;
  for (let n = 0; n < COUNT; n++) {
    const values = Array.from({ length: elements }, (_, i) => (n * 31 + i * 7) % 251);
    await ingester.append({
      id: `image ${n}`,
      className: `class ${n % 3}`,
      pixels: arrays[dtype].from(values),
      columns: options.columns === undefined ? {} : { weight: n, camera: `camera ${n % 2}` },
    });
  }
  return file;
}

const WHOLE: IngesterOptions = {
  split: { train: 0.5, val: 0.5 },
  columns: { weight: 'float64', camera: 'category' },
};

let temp: SharedDirectory;
let sound: string;
let bytes: Buffer;
beforeAll(async () => {
  temp = await sharedDirectory();
  sound = await write(path.join(temp.path, 'sound.h5'), WHOLE);
  bytes = fs.readFileSync(sound);
});
afterAll(() => temp.remove());

/** A copy in which `change` has changed bytes. */
async function changed(change: (bytes: Buffer) => void): Promise<FileVerification> {
  const copy = Buffer.from(bytes);
  change(copy);
  const file = path.join(temp.path, 'changed.h5');
  fs.writeFileSync(file, copy);
  return verifyFile(file);
}

const flip =
  (at: number): ((bytes: Buffer) => void) =>
  (copy) => {
    copy[at]! ^= 1 << (at % 8);
  };

async function locate(dataset: string): Promise<{ offsets: Float64Array; sizes: Float64Array }> {
  const source = await openFileSource(sound);
  try {
    const { index } = await openDataset(source, dataset);
    const chunks: [number, number, number][] = [];
    for await (const { chunk, offset, size } of index.entries()) chunks.push([chunk, offset, size]);
    chunks.sort(([a], [b]) => a - b);
    return {
      offsets: Float64Array.from(chunks, ([, offset]) => offset),
      sizes: Float64Array.from(chunks, ([, , size]) => size),
    };
  } finally {
    await source.close();
  }
}

function messages({ problems }: FileVerification): string {
  return problems.map(({ message }) => message).join('\n');
}

describe('a sound file', () => {
  it('is found to be sound, every plane of it', async () => {
    expect(await verifyFile(sound)).toEqual({
      file: sound,
      bytes: bytes.length,
      sound: true,
      journal: 'none',
      objects: 10,
      chunks: 3 * COUNT + 5,
      dataset: '/images',
      images: COUNT,
      verified: 3 * COUNT,
      unverified: 0,
      columns: ['/checksums', '/columns/camera', '/columns/weight', '/ids', '/labels', '/split'],
      problems: [],
      problemCount: 0,
      seconds: expect.any(Number) as number,
    });
    expect(fs.readFileSync(sound).equals(bytes)).toBe(true);
  });

  it.each(['uint8', 'uint16', 'float32'] as const)('of %s, in runs of channels', async (dtype) => {
    const file = await write(
      path.join(await temporaryDirectory(), 'runs.h5'),
      { placement: 'channel', run: 5 },
      dtype,
    );
    const found = await verifyFile(file);
    expect(messages(found)).toBe('');
    expect(found).toMatchObject({ sound: true, verified: 3 * COUNT, unverified: 0 });
  });

  it.each([
    { chunks: 'per-image' },
    { chunks: [5, 4, 5, 3], gzip: 4, shuffle: true },
    { chunks: [1, 3, 2, 2] },
    { chunks: 'contiguous' },
    { gzip: 1 },
  ] as const)('in other chunks: %j', async (layout) => {
    const file = path.join(await temporaryDirectory(), 'repacked.h5');
    await repack(sound, file, { ...layout, durability: 'process' });
    const found = await verifyFile(file);
    expect(messages(found)).toBe('');
    expect(found).toMatchObject({ sound: true, verified: 3 * COUNT, unverified: 0 });
  });

  it('that another program made has planes without checksums', async () => {
    const file = path.join(await temporaryDirectory(), 'other.h5');
    using h5 = await File.open(file, 'w');
    h5.createDataset('train/x', { shape: [6, 4, 4], dtype: 'uint8', chunks: [2, 4, 4] });
    h5.close();
    expect(await verifyFile(file)).toMatchObject({ sound: true, images: null });
    expect(await verifyFile(file, { dataset: 'train/x' })).toMatchObject({
      sound: true,
      images: 6,
      verified: 0,
      unverified: 6,
      columns: [],
    });
    await expect(verifyFile(file, { dataset: '/y' })).rejects.toThrow(NotFoundError);
  });
});

describe('a flipped byte', () => {
  it('in any plane is found, and said where', async () => {
    const { offsets, sizes } = await locate('/images');
    expect(offsets).toHaveLength(3 * COUNT);
    for (const [plane, offset] of offsets.entries()) {
      const at = offset + ((plane * 13) % sizes[plane]!);
      const { problems, problemCount } = await changed(flip(at));
      expect(problemCount).toBe(1);
      expect(problems[0]).toMatchObject({
        kind: 'plane',
        place: { dataset: '/images', image: Math.floor(plane / 3), channel: plane % 3, offset },
      });
    }
  });

  it('in any byte of a plane is found', async () => {
    const { offsets, sizes } = await locate('/images');
    for (let at = 0; at < sizes[4]!; at++) {
      expect((await changed(flip(offsets[4]! + at))).sound).toBe(false);
    }
  });

  it('in any checksum, label or part is found', async () => {
    const checksums = (await locate('/checksums')).offsets[0]!;
    for (let at = 0; at < COUNT * 3 * 4; at += 5) {
      const { problems, problemCount } = await changed(flip(checksums + at));
      expect(problemCount).toBe(1);
      const [image, channel] = [Math.floor(at / 12), Math.floor(at / 4) % 3];
      expect(problems[0]).toMatchObject({ kind: 'plane', place: { image, channel } });
    }
    const labels = (await locate('/labels')).offsets[0]!;
    for (let at = 0; at < COUNT * 4; at += 3) {
      expect((await changed(flip(labels + at))).problems[0]?.place.dataset).toBe('/labels');
    }
    const parts = (await locate('/split')).offsets[0]!;
    const found = await changed(flip(parts + 3));
    expect(messages(found)).toMatch(/follows from its id, found \d+ \(dataset \/split, image 3\)/);
  });

  it('in any kind of header or index is found', async () => {
    const structures = ['\x89HDF', 'OHDR', 'OCHK', 'EAHD', 'EAIB', 'EADB'];
    const places = structures.flatMap((signature) => {
      const found: number[] = [];
      for (let at = bytes.indexOf(signature, 0, 'latin1'); at >= 0;) {
        found.push(at);
        at = bytes.indexOf(signature, at + 1, 'latin1');
      }
      return found;
    });
    expect(places.length).toBeGreaterThan(30);
    for (const at of places) {
      for (const byte of [at + 1, at + 9]) {
        const found = await changed(flip(byte));
        expect(found, `byte ${byte}`).toMatchObject({ sound: false });
        expect(messages(found)).not.toMatch(stackTrace);
      }
    }
  });

  it('in ids is found where they are then the same, or not of their part', async () => {
    const at = bytes.indexOf('image 7');
    const twice = await changed((copy) => copy.write('image 6', at));
    expect(messages(twice)).toMatch(
      /"image 6" again: it is that of image 6 \(dataset \/ids, image 7\)/,
    );
    const others = Array.from('ABCDEFGH', (letter) => `image ${letter}`);
    const found = await Promise.all(
      others.map(async (id, i) => {
        const file = path.join(temp.path, `other-${i}.h5`);
        const copy = Buffer.from(bytes);
        copy.write(id, at);
        fs.writeFileSync(file, copy);
        return verifyFile(file);
      }),
    );
    expect(found.some((each) => messages(each).includes('(dataset /split, image 7)'))).toBe(true);
  });

  it('in the sizes of strings never makes it hang', async () => {
    const heap = bytes.indexOf('GCOL');
    // Where an object is taken for free space of no size, libhdf5 goes on for ever.
    const found = await changed((copy) => copy.fill(0, heap + 16, heap + 32));
    expect(messages(found)).toMatch(/Expected an object within its heap, got one of 0 bytes/);
    for (let at = heap + 8; at < heap + 400; at += 56) {
      await changed((copy) => {
        copy[at + 1]! ^= 2;
      });
    }
  });
});

describe('what does not agree', () => {
  async function edited(edit: (h5: File) => void): Promise<FileVerification> {
    const file = path.join(await temporaryDirectory(), 'edited.h5');
    fs.copyFileSync(sound, file);
    const h5 = await File.open(file, 'r+');
    edit(h5);
    h5.close();
    return verifyFile(file);
  }

  it('columns of other lengths', async () => {
    const found = await edited((h5) => {
      h5.dataset('/labels').resize([COUNT - 1]);
      h5.dataset('/columns/weight').resize([COUNT + 1]);
    });
    expect(messages(found)).toMatch(
      /Expected 12 rows, one an image, found 11 \(dataset \/labels\)/,
    );
    expect(messages(found)).toMatch(/found 13 \(dataset \/columns\/weight\)/);
  });

  it('a column that is missing', async () => {
    const found = await edited((h5) => {
      h5.delete('/ids');
    });
    expect(messages(found)).toMatch(/Expected this dataset, found none \(dataset \/ids\)/);
  });

  it('labels and categories without a name, classes that were counted otherwise', async () => {
    const found = await edited((h5) => {
      h5.dataset('/labels').set(4, 3);
      h5.dataset('/labels').set(5, 1);
      h5.dataset('/columns/camera').set(2, 2);
    });
    expect(messages(found)).toMatch(
      /Expected a label from -1 \(none\) to 2, found 3 \(.*image 4\)/,
    );
    expect(messages(found)).toMatch(/Expected label 2 4 times, .* found it 3 times/);
    expect(messages(found)).toMatch(
      /one of 2 categories, found 2 \(dataset \/columns\/camera, image 2\)/,
    );
  });

  it('chunks that share bytes', async () => {
    const file = path.join(await temporaryDirectory(), 'overlapping.h5');
    // A version 1 B-tree has no checksum.
    const h5 = await openH5(file, 'w', { libver: ['earliest', 'v110'] });
    h5.createDataset('/images', {
      dtype: 'uint8',
      shape: [3, 8, 8, 1],
      maxShape: [3, 8, 8, 1],
      chunkShape: [1, 8, 8, 1],
    });
    h5.writeSlice('/images', [0, 0, 0, 0], [3, 8, 8, 1], new Uint8Array(192).fill(1));
    await h5.close();
    const source = await openFileSource(file);
    const { offsets } = await (await openDataset(source, '/images')).index.locate([0, 2]);
    await source.close();
    const [first, third] = Array.from(offsets, (offset) => {
      const address = Buffer.alloc(8);
      address.writeBigUInt64LE(BigInt(offset));
      return address;
    });
    const copy = fs.readFileSync(file);
    copy.set(first!, copy.indexOf(third!));
    fs.writeFileSync(file, copy);
    const found = await verifyFile(file);
    expect(found.problems).toHaveLength(1);
    expect(messages(found)).toMatch(
      /one that shares 64 bytes with chunk \[0, 0, 0, 0\] of \/images \(dataset \/images, chunk \[2, 0, 0, 0\], byte \d+\)/,
    );
  });

  it('a file that is cut short, empty or something else', async () => {
    for (const content of [
      bytes.subarray(0, bytes.length - 9),
      '',
      'no HDF5 file, but some text',
    ]) {
      const file = path.join(await temporaryDirectory(), 'short.h5');
      fs.writeFileSync(file, content);
      const { problems } = await verifyFile(file);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.kind).toBe('structure');
    }
    await expect(verifyFile(path.join(temp.path, 'missing.h5'))).rejects.toThrow(NotFoundError);
  });
});

describe('a journal', () => {
  /** A file as its writer left it when it was killed after its last commit, or within it. */
  async function killed(within: boolean): Promise<string> {
    const folder = await temporaryDirectory();
    const [source, file] = [path.join(folder, 'source.h5'), path.join(folder, 'file.h5')];
    await using ingester = await createIngester(source, { height: 4, width: 5, commitEvery: 1 });
    const pixels = new Uint8Array(60);
    await ingester.append({ id: 'a', pixels });
    if (within) fs.copyFileSync(source, file);
    await ingester.append({ id: 'b', pixels });
    if (!within) fs.copyFileSync(source, file);
    else fs.truncateSync(file, fs.statSync(source).size);
    fs.copyFileSync(`${source}-journal`, `${file}-journal`);
    expect(await verifyFile(source)).toMatchObject({ sound: true, journal: 'in use', images: 2 });
    return file;
  }

  it('of a killed writer is told, and left', async () => {
    const file = await killed(false);
    expect(await verifyFile(file)).toMatchObject({ sound: true, journal: 'complete', images: 2 });
    expect(formatInfo(await describeFile(file))).toMatch(/\njournal: left by .*planefeed recover/);
    fs.truncateSync(`${file}-journal`, 600);
    expect(await verifyFile(file)).toMatchObject({ sound: true, journal: 'unfinished', images: 2 });
    fs.writeFileSync(`${file}-journal`, 'something else');
    expect(await verifyFile(file)).toMatchObject({ sound: false, journal: 'foreign', images: 2 });
  });

  it('that is needed is told, and nothing is changed', async () => {
    const file = await killed(true);
    const before = fs.readFileSync(file);
    const found = await verifyFile(file);
    expect(found).toMatchObject({ sound: false, journal: 'needed', images: null });
    expect(messages(found)).toMatch(/half in the file: planefeed recover/);
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });
});

it('tells how far it is, and stops', async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  await verifyFile(sound, {
    onProgress: ({ done, total, bytes: size }) => {
      seen.push(done);
      expect(total).toBe(3 * COUNT);
      expect(size).toBe(done * HEIGHT * WIDTH);
    },
  });
  expect(seen.at(-1)).toBe(3 * COUNT);
  const reason = new Error('enough');
  stop.abort(reason);
  await expect(verifyFile(sound, { signal: stop.signal })).rejects.toBe(reason);
  const late = new AbortController();
  const onProgress = (): void => {
    late.abort(reason);
  };
  await expect(verifyFile(sound, { signal: late.signal, onProgress })).rejects.toBe(reason);
});

describe('planefeed verify', () => {
  it('exits 0 of a sound file, and says what was looked at', async () => {
    const { status, stdout, stderr } = await planefeed(['verify', sound]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/sound\.h5: sound\n.*\n {2}12 images in \/images: 36 planes held/);
  });

  it('exits 4 of a damaged one, and says where', async () => {
    const { offsets } = await locate('/images');
    await changed(flip(offsets[7]!));
    const file = path.join(temp.path, 'changed.h5');
    const { status, stdout, stderr } = await planefeed(['verify', file]);
    expect(status).toBe(4);
    expect(stdout).toMatch(
      /damaged: 1 problem\n {2}! Expected the plane's checksum .*image 2, channel 1/,
    );
    expect(stderr).toBe(`planefeed: ${file}: 1 problem\n`);
    const json = await planefeed(['verify', file, '--json']);
    expect(json.status).toBe(4);
    expect(JSON.parse(json.stdout)).toMatchObject({ sound: false, problemCount: 1 });
  });
});
