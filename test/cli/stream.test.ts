import { createHash } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import path from 'node:path';

import { openLoader, type LoaderOptions } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { StreamReport } from '#src/cli/format-stream.js';
import { epochOrder, type Shuffle } from '#src/loader/order.js';
import { openH5 } from '#src/storage/h5.js';
import { planefeed, shell, stackTrace } from '../support/cli.js';
import { writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const count = 150;
const height = 8;
const width = 6;

let temp: SharedDirectory;
const files: Record<'image' | 'channel', string> = { image: '', channel: '' };
/** Every image as h5wasm reads it, `[h, w, c]`. */
let images: Uint8Array[];

beforeAll(async () => {
  temp = await sharedDirectory();
  for (const placement of ['image', 'channel'] as const) {
    files[placement] = await writeImageFile(path.join(temp.path, `${placement}.h5`), {
      count,
      height,
      width,
      placement,
      ...(placement === 'channel' ? { run: 40 } : {}),
    });
  }
  await using h5 = await openH5(files.image, 'r');
  images = Array.from(
    { length: count },
    (_, i) => h5.readSlice('/images', [i, 0, 0, 0], [1, height, width, 3]) as Uint8Array,
  );
});
afterAll(() => temp.remove());

async function stream(file: string, ...args: string[]): Promise<StreamReport> {
  const { status, stdout, stderr } = await planefeed(['stream', file, '--json', ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as StreamReport;
}

async function digestOf(file: string, ...args: string[]): Promise<string | null> {
  return (await stream(file, '--digest', ...args)).digest;
}

/** The digest as `planefeed stream --help` defines it. */
function expectedDigest(order: Iterable<number>, pixels: (image: number) => Uint8Array): string {
  const hash = createHash('sha256');
  for (const image of order) {
    hash.update(new Uint8Array(Uint32Array.of(image).buffer)).update(pixels(image));
  }
  return hash.digest('hex');
}

function orders(shuffle: Shuffle, seed: number, epochs: number): number[] {
  return Array.from({ length: epochs }, (_, epoch) => {
    const order = epochOrder(shuffle, seed, epoch, count);
    return Array.from({ length: count }, (_position, position) => order(position));
  }).flat();
}

const shuffles: [string, string[], Shuffle][] = [
  ['no shuffle', [], false],
  ['a full shuffle', ['--shuffle', '--seed', '-7'], 'full'],
  ['a window shuffle', ['--window', '40', '--seed', '-7'], { window: 40 }],
];

describe('planefeed stream --digest', () => {
  for (const [name, args, shuffle] of shuffles) {
    for (const placement of ['image', 'channel'] as const) {
      it(`is that of h5wasm's reads in the epochs' order: ${name}, placement ${placement}`, async () => {
        const seed = shuffle === false ? 0 : -7;
        const expected = expectedDigest(orders(shuffle, seed, 2), (image) => images[image]!);
        const epochs = ['--epochs', '2'];
        const variants = [
          ['--workers', '0', '--batch', '7'],
          ['--workers', '1', '--prefetch', '1'],
          ['--workers', '2', '--prefetch', '8', '--batch', '64'],
        ];
        for (const variant of variants) {
          expect(await digestOf(files[placement], ...args, ...epochs, ...variant)).toBe(expected);
        }
      });
    }
  }

  it('is that of the order in which a loader says that it delivers', async () => {
    const options: LoaderOptions = { shuffle: 'full', seed: 3, batchSize: 16, workers: 1 };
    const order: number[] = [];
    await using loader = await openLoader(files.channel, options);
    for await (const batch of loader) order.push(...batch.indices);
    expect([...order].sort((a, b) => a - b)).toEqual(orders(false, 0, 1));
    expect(await digestOf(files.channel, '--shuffle', '--seed', '3')).toBe(
      expectedDigest(order, (image) => images[image]!),
    );
  });

  it('tells seeds, orders and channels apart', async () => {
    const digests = await Promise.all([
      digestOf(files.image),
      digestOf(files.image, '--shuffle'),
      digestOf(files.image, '--shuffle', '--seed', '1'),
      digestOf(files.image, '--channels', '0'),
      digestOf(files.image, '--drop-last'),
    ]);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('has the channels asked for, in their order and layout', async () => {
    const pixels = (image: number): Uint8Array =>
      Uint8Array.from({ length: height * width * 2 }, (_, at) => {
        const [channel, pixel] = [Math.floor(at / (height * width)), at % (height * width)];
        return images[image]![pixel * 3 + [2, 0][channel]!]!;
      });
    const expected = expectedDigest(orders('full', 5, 1), pixels);
    const args = ['--channels', '2,0', '--layout', 'nchw', '--shuffle', '--seed', '5'];
    expect(await digestOf(files.image, ...args)).toBe(expected);
    expect(await digestOf(files.channel, ...args, '--workers', '0')).toBe(expected);
  });

  it('has float32 in single precision: value × (scale / std) − mean / std', async () => {
    const mean = [0.485, 0.456, 0.406];
    const std = [0.229, 0.224, 0.225];
    const scale = 1 / 255;
    const pixels = (image: number): Uint8Array => {
      const values = Float32Array.from(images[image]!, (value, at) => {
        const c = at % 3;
        const product = Math.fround(value * Math.fround(scale / std[c]!));
        return Math.fround(product + Math.fround(-mean[c]! / std[c]!));
      });
      return new Uint8Array(values.buffer);
    };
    const args = ['--dtype', 'float32', '--scale', '1/255'];
    const affine = ['--mean', mean.join(','), '--std', std.join(',')];
    expect(await digestOf(files.image, ...args, ...affine, '--shuffle')).toBe(
      expectedDigest(orders('full', 0, 1), pixels),
    );
  });

  it('has int32 for int32', async () => {
    const pixels = (image: number): Uint8Array =>
      new Uint8Array(Int32Array.from(images[image]!).buffer);
    expect(await digestOf(files.image, '--dtype', 'int32')).toBe(
      expectedDigest(orders(false, 0, 1), pixels),
    );
  });
});

describe('planefeed stream', () => {
  it('reports what was delivered and what it cost', async () => {
    const report = await stream(files.image, '--batch', '32', '--epochs', '2', '--channels', '1');
    expect(report).toMatchObject({
      file: files.image,
      dataset: '/images',
      lane: 'fast',
      laneReason: null,
      imagesInFile: count,
      imageShape: [height, width, 1],
      dtype: 'uint8',
      images: 2 * count,
      batches: 10,
      bytesWanted: 2 * count * height * width,
      digest: null,
    });
    expect(report.bytesRead).toBeGreaterThanOrEqual(report.bytesWanted);
    expect(report.requests).toBeGreaterThan(0);
    expect(report.imagesPerSecond).toBeCloseTo(report.images / report.seconds);
  });

  it('leaves out the last batch with --drop-last', async () => {
    const report = await stream(files.image, '--batch', '32', '--drop-last');
    expect(report).toMatchObject({ images: 128, batches: 4 });
  });

  it('prints the same for people', async () => {
    const { status, stdout } = await planefeed(['stream', files.image, '--digest']);
    expect(status).toBe(0);
    for (const line of [
      /^images {8}150 in .*image\.h5 \/images$/m,
      /^delivered {5}150 images in 5 batches of 32, 1 epoch$/m,
      /^speed {9}[\d,]+ images\/s, /m,
      /^waiting /m,
      /^bytes wanted {2}21\.6 kB$/m,
      /^bytes read {4}[\d.]+ kB in \d+ requests?$/m,
      /^lane {10}fast$/m,
      /^sha256 {8}[0-9a-f]{64}$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('explains what limits the speed', async () => {
    const args = ['--shuffle', '--batch', '8', '--workers', '1', '--explain'];
    const report = await stream(files.image, ...args);
    expect(report.explanation).toMatchObject({
      bottleneck: expect.stringMatching(/^(disk|decode|verify|assemble|planning)$/) as string,
      finding: expect.stringMatching(/bound.*: \d+ % of the time waiting for /) as string,
      workers: 1,
      amplification: report.bytesRead / report.bytesWanted,
    });
    expect(report.explanation!.cachedImagesPerSecond).toBeGreaterThan(report.imagesPerSecond);
    expect((await stream(files.image, '--digest')).explanation).toBeNull();

    const { stdout } = await planefeed(['stream', files.image, ...args, '--digest']);
    for (const line of [
      /^waits {9}\w/m,
      /^batches {7}first after [\d.]+ m?s; half within [\d.]+ m?s, 90 % [\d.]+ m?s, 99 % [\d.]+ m?s$/m,
      /^at work {7}1 worker, \d+ % of the time$/m,
      /^amplification \d+\.\d\d bytes read for each byte wanted$/m,
      /^headroom {6}[\d,]+ images\/s from memory, [\d.,]+ times as fast$/m,
      /^explained {5}.*bound.*; /m,
      /^verified {6}\d+ planes?$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('verifies as told', async () => {
    const { verification } = await stream(files.image, '--verify', 'all', '--skip-corrupt', '1');
    expect(verification).toEqual({
      ...{ verified: 3 * count, unverified: 0 },
      ...{ corrupt: 0, replaced: 0, skipped: 0 },
    });
    const { status, stderr } = await planefeed([
      ...['stream', files.image, '--skip-corrupt', '1', '--replace-corrupt', '1'],
    ]);
    expect(status).not.toBe(0);
    expect(stderr).toContain('--skip-corrupt');
  });

  it('reads any dataset, with its columns, and says loudly when h5wasm has to', async () => {
    const file = path.join(temp.path, 'other.h5');
    {
      await using h5 = await openH5(file, 'w', { libver: ['latest', 'latest'] });
      h5.createGroup('/train');
      const shape = [5, 4, 3];
      h5.createDataset('/train/x', { dtype: 'uint16', shape });
      h5.writeSlice(
        '/train/x',
        [0, 0, 0],
        shape,
        Uint16Array.from({ length: 60 }, (_, i) => i),
      );
      h5.createDataset('/train/y', { dtype: 'int32', shape: [5] });
      // Two unlimited dimensions: a version 2 B-tree.
      h5.createDataset('/train/z', {
        dtype: 'uint8',
        shape,
        maxShape: [null, null, 3],
        chunkShape: [1, 4, 3],
      });
      h5.writeSlice(
        '/train/z',
        [0, 0, 0],
        shape,
        Uint8Array.from({ length: 60 }, (_, i) => i),
      );
    }
    const x = ['--dataset', '/train/x', '--axes', 'nwh', '--dtype', 'int32', '--digest'];
    const report = await stream(file, ...x, '--column', 'a=/train/y', '--column', 'b=/train/y');
    expect(report).toMatchObject({ imageShape: [3, 4, 1], images: 5, lane: 'fast' });
    const transposed = (image: number): Uint8Array => {
      const values = Array.from({ length: 12 }, (_, at) => {
        const [row, column] = [Math.floor(at / 4), at % 4];
        return image * 12 + column * 3 + row;
      });
      return new Uint8Array(Int32Array.from(values).buffer);
    };
    expect(report.digest).toBe(expectedDigest([0, 1, 2, 3, 4], transposed));

    const slow = await planefeed(['stream', file, '--dataset', '/train/z', '--digest', '--json']);
    const slowReport = JSON.parse(slow.stdout) as StreamReport;
    expect(slow.status).toBe(0);
    expect(slowReport.digest).toBe(
      expectedDigest([0, 1, 2, 3, 4], (image) =>
        Uint8Array.from({ length: 12 }, (_, i) => image * 12 + i),
      ),
    );
    if (slowReport.lane === 'h5wasm') {
      expect(slow.stderr).toMatch(
        /^planefeed: WARNING: The fast lane does not read .*B-tree.*more slowly\.\n$/,
      );
      expect(slowReport.laneReason).toMatch(/B-tree/);
    }
  });

  it('exits 1 with one line for what it cannot do', async () => {
    const file = files.image;
    const cases: [string[], RegExp][] = [
      [[path.join(temp.path, 'none.h5')], /no such file/],
      [[temp.path], /regular file/],
      [[import.meta.filename], /signature/],
      [[file, '--dataset', '/nothing'], /no nothing.*There are/],
      [[file, '--column', 'x=/nothing'], /no nothing/],
      [[file, '--column', 'x'], /NAME=PATH/],
      [[file, '--channels', '3'], /from 0 to 2/],
      [[file, '--channels', '0,'], /channel numbers/],
      [[file, '--batch', '0'], /above 0/],
      [[file, '--workers', '-1'], /above 0/],
      [[file, '--shuffle', '--window', '3'], /cannot be used/],
      [[file, '--mean', '1'], /dtype/],
      [[file, '--scale', '1/0'], /fraction/],
      [[file, '--dtype', 'float64'], /Allowed choices/],
    ];
    for (const [args, message] of cases) {
      const { status, stdout, stderr } = await planefeed(['stream', ...args]);
      expect({ args, status, stdout }).toEqual({ args, status: 1, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(stackTrace);
      expect(stderr.trimEnd()).not.toContain('\n');
    }
  });

  it('gives the error as JSON too', async () => {
    const { status, stdout } = await planefeed(['stream', 'none.h5', '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { tag: 'not-found' } });
  });

  it('reports damage while streaming', async () => {
    const file = await writeImageFile(path.join(temp.path, 'cut.h5'), { count: 20 });
    await truncate(file, 3000);
    const { status, stderr } = await planefeed(['stream', file]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/truncated/);
    expect(stderr).not.toMatch(stackTrace);
  });

  it.each(['0', '1'])('ends at Ctrl-C with 130, with %s workers', async (workers) => {
    let sent = false;
    const args = ['stream', files.image, '--epochs', '100000000', '--workers', workers, '--json'];
    // The first line of progress says that it is streaming.
    const { status, stdout, stderr } = await planefeed(args, {
      onStderr: (_text, pid) => {
        if (!sent) process.kill(pid, 'SIGINT');
        sent = true;
      },
    });
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toEqual({ interrupted: true });
    expect(stderr).toMatch(/^planefeed: interrupted after [1-9]\d* images$/m);
    expect(stderr).not.toMatch(stackTrace);
  });

  it('is quiet about a closed pipe, but not about a full disk', async () => {
    const closed = await shell(`$planefeed stream '${files.image}' --json | true`);
    expect(closed).toEqual({ status: 0, stdout: '', stderr: '' });
    const status = await shell(`set -o pipefail; $planefeed stream '${files.image}' --json | true`);
    expect(status.status).toBe(0);
    const full = await shell(`$planefeed stream '${files.image}' --json >/dev/full`);
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(/^planefeed: could not write the output: ENOSPC.*\n$/);
  });
});
