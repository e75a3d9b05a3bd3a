import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { run } from '#src/cli/program.js';
import { writeImages } from '#src/laboratory/bench/write-images.js';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import { layoutNamed, type ImageSet } from '#src/laboratory/layouts/layout.js';
import { openPresent } from '#src/laboratory/tune/open-present.js';
import { tune } from '#src/laboratory/tune/tune.js';
import { temporaryDirectory } from '../../support/temp.js';

const set: ImageSet = { shape: [350_000, 224, 224, 3], itemSize: 1 };
const common = { set, batchSize: 32, memory: 2 ** 30 };

describe('advice', () => {
  it('window shuffle on a disk that turns, within the memory; full shuffle on an SSD', () => {
    const pattern = 'images shuffled';
    const onDisk = tune({ ...common, pattern, device: deviceNamed('hdd') });
    const { shuffle, prefetch } = onDisk.reading;
    expect(shuffle).toMatchObject({ window: expect.any(Number) as number });
    expect(prefetch * 32 * 224 * 224 * 3).toBeLessThan(0.76 * 2 ** 30);
    expect(onDisk.expected.ofCeiling).toBeGreaterThanOrEqual(0.8);
    expect(onDisk.expected.mixing).toBeGreaterThan(0.7);
    expect(onDisk.source).toBe('modelled');
    const onSsd = tune({ ...common, pattern, device: deviceNamed('ssd') });
    expect(onSsd.reading.shuffle).toBe('full');
    expect(onSsd.expected.ofCeiling).toBeGreaterThan(0.9);
  });

  it('placement by channel for channels in order, and its reason', () => {
    const advice = tune({ ...common, pattern: 'channel in order', device: deviceNamed('hdd') });
    expect(advice).toMatchObject({ layout: 'plane-channel', placement: 'channel' });
    expect(advice.reading.shuffle).toBe(false);
    expect(advice.reason).toMatch(/plane-channel reads .* 2\.8 times as fast as/);
  });

  it('an object store isn’t held to any figure, and says so', () => {
    const device = deviceNamed('object-store');
    expect(tune({ ...common, pattern: 'images in order', device }).expected.error).toBe(null);
  });

  it('what no loader reads', () => {
    const device = deviceNamed('hdd');
    expect(() => tune({ ...common, pattern: 'append', device })).toThrow(
      /doesn't read the pattern/,
    );
  });
});

describe('of a file', () => {
  const small: ImageSet = { shape: [300, 32, 32, 3], itemSize: 1 };

  it('tells it beside the best, and how to repack', async () => {
    const file = join(await temporaryDirectory(), 'x.h5');
    await writeImages(file, small, layoutNamed(small, 'image'));
    const { set: found, placed } = await openPresent(file, '/images');
    expect(found).toEqual(small);
    const pattern = 'channel in order';
    const advice = tune({
      ...common,
      set: found,
      present: placed,
      pattern,
      device: deviceNamed('ssd'),
    });
    const { present, expected } = advice;
    expect(present!.expected.imagesPerSecond).toBeLessThan(expected.imagesPerSecond);
    const { out } = await type('tune', file, '--pattern', pattern, '--device', 'ssd');
    expect(out).toContain(`planefeed repack ${file} tuned.h5 --placement channel`);
    expect(JSON.parse((await type('tune', file, '--json')).out)).toMatchObject({
      source: 'modelled',
    });
  });

  it('that isn’t HDF5, isn’t there, or isn’t named', async () => {
    const file = join(await temporaryDirectory(), 'x.h5');
    await writeFile(file, 'GIF89a, and a little more than that');
    const wrong: [string[], RegExp][] = [
      [['tune', file], /HDF5/],
      [['tune', `${file}.none`], /no such file|There is nothing/i],
      [['tune'], /Expected either a file or --shape/],
    ];
    for (const [words, message] of wrong) {
      const { err, code } = await type(...words);
      expect(err).toMatch(message);
      expect(err).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    }
  });
});

async function type(
  ...words: string[]
): Promise<{ out: string; err: string; code: number | string | null | undefined }> {
  const [out, err] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  const [texts, errors]: [string[], string[]] = [[], []];
  out.mockImplementation((text) => texts.push(String(text)) > 0);
  err.mockImplementation((text) => errors.push(String(text)) > 0);
  try {
    await run(['node', 'planefeed', ...words]);
    return { out: texts.join(''), err: errors.join(''), code: process.exitCode };
  } finally {
    out.mockRestore();
    err.mockRestore();
    process.exitCode = undefined;
  }
}
