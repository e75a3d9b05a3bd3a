import path from 'node:path';
import { channelStatistics, File, openLoader } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planefeed, stackTrace } from '../support/cli.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { pixelOf, writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const [count, height, width] = [150, 8, 6];

let temp: SharedDirectory;
let file: string;
let other: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count, height, width });
  other = path.join(temp.path, 'other.h5');
  using h5 = await File.open(other, 'w');
  h5.createDataset('flat', { shape: [4, 3, 2], dtype: 'uint8', fillvalue: 5 });
  h5.createDataset('none', { shape: [0, 3, 2], maxshape: [null, 3, 2], dtype: 'uint8' });
  h5.createDataset('nan', { data: [[[1, Number.NaN]]], dtype: 'float32' });
});
afterAll(() => temp.remove());

/** All values of a channel. */
function valuesOf(channel: number): number[] {
  return Array.from({ length: count * height * width }, (_, i) =>
    pixelOf(Math.floor(i / (height * width)), i % (height * width), channel),
  );
}

function expected(channels: number[], scale: number): Record<string, number[]> {
  const perChannel = channels.map((channel) => {
    const values = valuesOf(channel);
    const n = values.length;
    const sum = values.reduce((a, b) => a + b, 0);
    const squares = values.reduce((a, b) => a + b * b, 0);
    return {
      mean: (sum / n) * scale,
      std: Math.sqrt((n * squares - sum * sum) / (n * n)) * scale,
      min: Math.min(...values) * scale,
      max: Math.max(...values) * scale,
    };
  });
  return {
    mean: perChannel.map(({ mean }) => mean),
    std: perChannel.map(({ std }) => std),
    min: perChannel.map(({ min }) => min),
    max: perChannel.map(({ max }) => max),
  };
}

describe('channelStatistics', () => {
  it('is exact for uint8, for any number of workers', async () => {
    for (const workers of [0, 2]) {
      expect(await channelStatistics(file, { workers })).toEqual({
        dataset: '/images',
        images: count,
        pixels: count * height * width,
        channels: [0, 1, 2],
        scale: 1,
        ...expected([0, 1, 2], 1),
      });
    }
  });

  it('is of the values after scale, so that what the loader delivers has mean 0 and std 1', async () => {
    const { scale, mean, std } = await channelStatistics(file, { scale: 1 / 255 });
    await using loader = await openLoader(file, { dtype: 'float32', scale, mean, std, workers: 0 });
    const delivered: number[][] = [[], [], []];
    for await (const { images } of loader) {
      images.forEach((value, i) => delivered[i % 3]!.push(value));
    }
    for (const values of delivered) {
      const average = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((a, b) => a + b * b, 0) / values.length;
      expect(average).toBeCloseTo(0, 5);
      expect(variance).toBeCloseTo(1, 5);
    }
  });

  it('takes the images asked for', async () => {
    const three = path.join(temp.path, 'three.h5');
    const h5 = await File.open(three, 'w');
    h5.createDataset('images', { data: [[[1, 3]], [[100, 100]], [[5, 7]]], dtype: 'uint8' });
    h5.close();
    const two = await channelStatistics(three, { images: [0, 2] });
    expect(two).toMatchObject({ images: 2, mean: [4], min: [1], max: [7], std: [Math.sqrt(5)] });
  });

  it('tells how far it is', async () => {
    const seen: number[] = [];
    await channelStatistics(file, {
      onProgress: ({ done, total }) => {
        expect(total).toBe(count);
        seen.push(done);
      },
    });
    expect(seen.at(-1)).toBe(count);
  });

  it('ends with the reason of its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(channelStatistics(file, { signal })).rejects.toThrow('enough');
  });

  it('of no images is refused', async () => {
    await expect(channelStatistics(other, { dataset: '/none' })).rejects.toMatchObject({
      tag: 'invalid-option',
    });
  });

  it('is NaN where a channel holds NaN', async () => {
    const { mean, max } = await channelStatistics(other, { dataset: '/nan' });
    expect([...mean, ...max]).toEqual([Number.NaN, Number.NaN]);
  });
});

describeWithH5py('channelStatistics of what h5py wrote', () => {
  it.each([
    {
      name: 'float64, tiles, gzip',
      dtype: 'f8',
      options: `chunks=(3, 4, 4, 2), compression='gzip'`,
    },
    { name: 'int16', dtype: '>i2', options: `chunks=(1, 9, 7, 1)` },
    { name: 'by the h5wasm lane', dtype: 'i2', options: `chunks=(1, 9, 7, 2), scaleoffset=0` },
  ])('$name: agrees with numpy', async ({ name, dtype, options }) => {
    const written = path.join(temp.path, `${name.replaceAll(/\W+/g, '-')}.h5`);
    const numpy = await h5py.run(
      `
      a = (np.random.default_rng(3).normal(300, 40, (20, 9, 7, 2))).astype(data['dtype'])
      with h5py.File(data['file'], 'w') as f:
          f.create_dataset('d', data=a, ${options})
      v = a.astype('f4').astype('f8')
      axes = (0, 1, 2)
      result = [x.tolist() for x in (v.mean(axes), v.std(axes), v.min(axes), v.max(axes))]
      `,
      { file: written, dtype },
    );
    const { mean, std, min, max } = await channelStatistics(written, { dataset: '/d' });
    const [expectedMean, expectedStd, ...ends] = numpy as number[][];
    mean.forEach((value, c) => {
      expect(value).toBeCloseTo(expectedMean![c]!, 9);
      expect(std[c]).toBeCloseTo(expectedStd![c]!, 9);
    });
    expect([min, max]).toEqual(ends);
  });
});

describe('planefeed stats', () => {
  it('prints JSON', async () => {
    const args = ['stats', file, '--channels', '2,0', '--scale', '1/255', '--json'];
    const { status, stdout, stderr } = await planefeed(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      file,
      dataset: '/images',
      images: count,
      pixels: count * height * width,
      channels: [2, 0],
      scale: 1 / 255,
      ...expected([2, 0], 1 / 255),
    });
  });

  it('prints a table and a line that openLoader takes', async () => {
    const { status, stdout } = await planefeed(['stats', file, '--scale', '1/255']);
    expect(status).toBe(0);
    const [title, head, first] = stdout.split('\n');
    expect(title).toBe(
      `150 images in ${file} /images, 7,200 pixels a channel; values × ${1 / 255}`,
    );
    expect(head).toMatch(/^ +channel +mean +std +min +max$/);
    const { mean, std } = expected([0, 1, 2], 1 / 255);
    expect(first!.trim().split(/ +/).slice(0, 2).map(Number)).toEqual([
      0,
      Number(mean![0]!.toPrecision(7)),
    ]);
    expect(stdout).toContain(
      `{ dtype: 'float32', scale: ${1 / 255}, mean: [${mean!.join(', ')}], std: [${std!.join(', ')}] }\n`,
    );
  });

  it('says that a std of 0 is no divisor', async () => {
    const { status, stdout } = await planefeed(['stats', other, '--dataset', '/flat']);
    expect(status).toBe(0);
    expect(stdout).toContain('A std of 0 (channel 0 is the same everywhere)');
  });

  it.each([
    ['no file', ['none.h5'], 1, 'none.h5'],
    ['no images', ['OTHER', '--dataset', '/none'], 1, 'Expected images'],
    ['a wrong option', ['OTHER', '--scale', 'x'], 1, 'Expected a number or a fraction'],
  ])('fails with a message: %s', async (_name, args, code, message) => {
    const given = args.map((arg) => (arg === 'OTHER' ? other : arg));
    const { status, stdout, stderr } = await planefeed(['stats', ...given]);
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(stackTrace);
  });

  it('has help with examples', async () => {
    const { status, stdout } = await planefeed(['stats', '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('planefeed stats photos.h5 --scale 1/255');
  });
});

it('planefeed stats takes the images asked for', async () => {
  const args = ['stats', file, '--json', '--where', 'label=class-1', '--split', 'train'];
  const { status, stdout } = await planefeed([...args, '--parts', 'train=0.5,rest=0.5']);
  expect(status).toBe(0);
  const parts = { train: 0.5, rest: 0.5 };
  const same = { where: { label: ['class-1'] }, split: { name: 'train', parts } };
  const found = JSON.parse(stdout) as { images: number };
  expect(found).toEqual({ file, ...(await channelStatistics(file, same)) });
  expect(found.images).toBeGreaterThan(0);
  expect(found.images).toBeLessThan(count / 3);
});
